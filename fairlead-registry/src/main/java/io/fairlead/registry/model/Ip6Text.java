package io.fairlead.registry.model;

import java.net.InetAddress;

/** Text of an address as RFC 5952 §4 wants it: no leading zeros, the longest run of zeros cut. */
public final class Ip6Text {
  private Ip6Text() {}

  public static String of(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) return address.getHostAddress();
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) groups[i] = (bytes[2 * i] & 0xFF) << 8 | (bytes[2 * i + 1] & 0xFF);
    int start = -1;
    int length = 1; // one group alone is not shortened (§4.2.2)
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && groups[i + run] == 0) run++;
      if (run > length) {
        start = i;
        length = run;
      }
      if (run > 0) i += run - 1;
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
        continue;
      }
      if (i > 0 && i != start + length) text.append(':');
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
