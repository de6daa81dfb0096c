package io.fairlead.pubsub.codec;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Writes requests (JSON-RPC 2.0 §4). */
public final class RequestWriter {
  private static final byte[] HEAD = ascii("{\"jsonrpc\":\"2.0\",\"id\":");
  private static final byte[] METHOD = ascii(",\"method\":\"");
  private static final byte[] PARAMS = ascii("\",\"params\":");
  private static final int MARKUP = 64;

  private RequestWriter() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether a method's name can be written as it is. */
  public static boolean plain(String method) {
    for (int i = 0; i < method.length(); i++) {
      char each = method.charAt(i);
      if (each <= ' ' || each > '~' || each == '"' || each == '\\') return false;
    }
    return !method.isEmpty();
  }

  /**
   * Bytes of a request at most.
   *
   * @param params their bytes
   */
  public static int size(String method, int params) {
    return MARKUP + method.length() + params;
  }

  /**
   * Everything up to the params; behind them comes a closing brace.
   *
   * @param method {@link #plain}
   */
  public static void begin(ByteBuf out, long id, String method) {
    out.writeBytes(HEAD);
    digits(out, id);
    out.writeBytes(METHOD);
    out.writeCharSequence(method, StandardCharsets.US_ASCII);
    out.writeBytes(PARAMS);
  }

  private static void digits(ByteBuf out, long id) {
    if (id >= 10) digits(out, id / 10);
    out.writeByte((int) ('0' + id % 10));
  }
}
