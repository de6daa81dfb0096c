package io.fairlead.net.http.codec;

/**
 * Bounds of what a chunked body carries besides data, in bytes.
 *
 * @param extensionMax extensions of one chunk
 * @param extensionsMax extensions of one message
 * @param trailersMax the trailer section
 * @param trailerFieldsMax its fields
 */
public record ChunkLimits(
    int extensionMax, int extensionsMax, int trailersMax, int trailerFieldsMax) {
  public static final ChunkLimits DEFAULTS = new ChunkLimits(1024, 16 * 1024, 8 * 1024, 32);

  public ChunkLimits {
    if (extensionMax < 0 || extensionsMax < 0 || trailersMax < 0 || trailerFieldsMax < 0) {
      throw new IllegalArgumentException(
          "limits: "
              + extensionMax
              + " "
              + extensionsMax
              + " "
              + trailersMax
              + " "
              + trailerFieldsMax);
    }
  }
}
