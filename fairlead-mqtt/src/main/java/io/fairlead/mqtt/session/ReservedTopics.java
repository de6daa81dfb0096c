package io.fairlead.mqtt.session;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Topics that only the broker publishes to. */
public final class ReservedTopics {
  private static final List<byte[]> OWN =
      List.of(ascii("$SYS"), ascii("$share"), ascii("$queue"), ascii("$fairlead"));

  private ReservedTopics() {}

  /**
   * Whether clients may not publish to that topic.
   *
   * @param dollar whether they may to other names that begin with $
   */
  public static boolean reserved(byte[] topic, boolean dollar) {
    if (topic.length == 0 || topic[0] != '$') return false;
    if (!dollar) return true;
    for (byte[] own : OWN) {
      boolean same = topic.length >= own.length;
      for (int i = 0; same && i < own.length; i++) same = topic[i] == own[i];
      if (same && (topic.length == own.length || topic[own.length] == '/')) return true;
    }
    return false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
