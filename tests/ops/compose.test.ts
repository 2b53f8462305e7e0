import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findCompose } from "./compose-command.ts";

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly ports: readonly string[];
  readonly networks: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

const text = readFileSync("docker-compose.yml", "utf8");
const compose = parse(text, { merge: true }) as { readonly services: Readonly<Record<string, Service>> };
const services = Object.entries(compose.services);
const required = process.env["CLAUSEWAY_CI"] === "1";

/** Names of the services on a network, in file order. */
function on(network: string): readonly string[] {
  return services.filter(([, service]) => service.networks.includes(network)).map(([name]) => name);
}

describe("docker-compose.yml", () => {
  const command = findCompose();
  if (command === null)
    console.warn("Compose is not installed: docker-compose.yml is read by our own parser only");

  it.skipIf(command === null && !required)("is accepted by the installed Compose", () => {
    const [program, ...first] = command ?? ["docker-compose"];
    const result = spawnSync(program, [...first, "-f", "docker-compose.yml", "config", "-q"], {
      encoding: "utf8",
      timeout: 15_000,
    });
    expect({ status: result.status, errors: result.stderr }).toEqual({ status: 0, errors: "" });
  });

  it("has nothing that Compose V1 refuses", () => {
    expect(compose).not.toHaveProperty("name");
    expect(text).not.toContain("start_interval");
  });

  it("runs each role of the project, and Prometheus", () => {
    const roles = services.filter(([, service]) => service.image.startsWith("clauseway"));
    expect(roles.map(([name]) => name)).toEqual(
      "azure aws stargate gateway amazon direct first-party".split(" "),
    );
    for (const [name, service] of roles) {
      const command = [service.command].flat().filter((word) => !String(word).startsWith("--"));
      expect(command).toEqual(["node", "src/main.ts", "serve", name]);
    }
    expect(Object.keys(compose.services)).toContain("prometheus");
  });

  it.each(services)("gives %s no privilege it does not need", (_name, service) => {
    expect(service).toMatchObject({ read_only: true, init: true, cap_drop: ["ALL"], tmpfs: ["/tmp"] });
    expect(service["security_opt"]).toEqual(["no-new-privileges:true"]);
    expect(service).not.toHaveProperty("privileged");
    expect(service).not.toHaveProperty("network_mode");
    for (const limit of ["pids_limit", "mem_limit", "logging"]) expect(service).toHaveProperty(limit);
  });

  it.each(services)("shows %s on loopback only, and knows when it is healthy", (_name, service) => {
    for (const port of service.ports)
      expect(port).toMatch(/^127\.0\.0\.1:\$\{CLAUSEWAY_[A-Z_]+_PORT:-(\d+)\}:\1$/);
    expect(service.healthcheck).toMatchObject({ interval: "5s", test: expect.arrayContaining(["CMD"]) });
  });

  it("waits for health, never only for a start", () => {
    for (const [, { depends_on = {} }] of services) {
      for (const dependency of Object.values(depends_on))
        expect(dependency.condition).toBe("service_healthy");
    }
    expect(Object.keys(compose.services["gateway"]?.depends_on ?? {})).toEqual(["azure", "aws", "stargate"]);
  });

  it("leaves frontends no way to a cloud but through the gateway", () => {
    expect(on("front").filter((name) => on("back").includes(name))).toEqual(["gateway"]);
    expect(on("back")).toEqual(["azure", "aws", "stargate", "gateway"]);
  });
});

describe("config/prometheus/prometheus.yml", () => {
  const missing = spawnSync("promtool", ["--version"]).error !== undefined;
  if (missing) console.warn("promtool is not installed: the Prometheus configuration is not checked by it");

  it.skipIf(missing && !required)("is accepted by promtool", () => {
    const check = spawnSync("promtool", ["check", "config", "config/prometheus/prometheus.yml"], {
      encoding: "utf8",
      timeout: 15_000,
    });
    expect(check.stdout + check.stderr).toContain("SUCCESS");
    expect(check.status).toBe(0);
  });
});

describe("the image", () => {
  const dockerfile = readFileSync("Dockerfile", "utf8");

  it("runs node itself, not as root", () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "src\/main\.ts"/m);
    expect(dockerfile.lastIndexOf("USER node")).toBeGreaterThan(dockerfile.lastIndexOf("RUN "));
  });

  it("takes in only what runs", () => {
    const lines = readFileSync(".dockerignore", "utf8").split("\n");
    const rules = lines.filter((line) => line !== "" && !line.startsWith("#"));
    expect(rules).toEqual(["*", "!package.json", "!package-lock.json", "!config", "!src"]);
  });
});
