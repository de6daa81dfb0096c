package io.fairlead.net.http.codec;

/**
 * Bounds of one head, in bytes. A breach is a {@link Reject} and is metered by whoever reports it.
 *
 * @param lineMax start line without its CRLF
 * @param headMax from the first byte to the end of the empty line
 * @param fieldMax one field line without its CRLF
 * @param fieldsMax number of fields
 */
public record HeadLimits(int lineMax, int headMax, int fieldMax, int fieldsMax) {
  public HeadLimits {
    if (lineMax < 16 || headMax < 64 || fieldMax < 16 || fieldsMax < 1) {
      throw new IllegalArgumentException(
          "limits: " + lineMax + " " + headMax + " " + fieldMax + " " + fieldsMax);
    }
  }
}
