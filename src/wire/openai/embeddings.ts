/** Answers of the embeddings API. */

/** `vectors` in input order; `base64` is little-endian float32, what the SDK asks for unless told otherwise. */
export function embeddingList(
  model: string,
  vectors: readonly Float32Array[],
  format: "float" | "base64",
  promptTokens: number,
): object {
  return {
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: format === "base64" ? toBase64(vector) : [...vector],
    })),
    model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  };
}

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}
