package io.fairlead.net.http;

import io.fairlead.net.http.codec.ChunkLimits;
import io.fairlead.net.http.codec.HeadLimits;

/**
 * What an upstream's response may be besides its body; more is a bad response. Over HTTP/2 the
 * connection's own bounds stand in place of those of heads and chunks.
 *
 * @param head a field and the status line are within the same bound
 * @param interimMax interim responses (RFC 9110 §15.2) before the final one
 */
public record ResponseLimits(HeadLimits head, int interimMax, ChunkLimits chunks) {
  private static final int STATUS_LINE_MAX = 8 * 1024;
  private static final int FIELDS_MAX = 1000;

  public static final ResponseLimits DEFAULTS = of(64 * 1024, 16, ChunkLimits.DEFAULTS);

  /** The same with other bounds of chunked bodies. */
  public ResponseLimits with(ChunkLimits next) {
    return new ResponseLimits(head, interimMax, next);
  }

  /**
   * @param headMax bytes of a whole head
   */
  public static ResponseLimits of(int headMax, int interimMax, ChunkLimits chunks) {
    HeadLimits head =
        new HeadLimits(Math.min(STATUS_LINE_MAX, headMax), headMax, headMax, FIELDS_MAX);
    return new ResponseLimits(head, interimMax, chunks);
  }
}
