# One image for every role; docker-compose.yml says which role a container plays.
FROM node:24-bookworm-slim

LABEL org.opencontainers.image.title="clauseway" \
      org.opencontainers.image.description="A request-routing simulator for exclusive-hosting agreements" \
      org.opencontainers.image.licenses="MIT"

ENV NODE_ENV=production
WORKDIR /app

# Node comes from the base image: the `node` package is a development dependency, so it stays out.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

COPY config config
COPY src src

# A named volume mounted here takes over this owner on its first use.
RUN install -d -o node -g node /var/lib/clauseway
ENV CLAUSEWAY_DATA_DIR=/var/lib/clauseway
USER node

# node itself is the process, so that it gets the signals that npm would swallow
CMD ["node", "src/main.ts", "serve", "gateway"]
