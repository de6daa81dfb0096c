package io.fairlead.relay.network;

import io.fairlead.core.address.Cidr;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Ranges of addresses and the networks that announce them. Of several ranges around an address the
 * narrowest counts, and of two equal ones the later line. Immutable.
 *
 * <p>Two forms of lines, which may be mixed; empty ones and those that begin with {@code #} are
 * passed over, and so is what follows the number:
 *
 * <pre>
 * 192.0.2.0/24  64500                                   prefix and number, also as AS64500
 * 192.0.2.0     192.0.2.255  64500  ZZ  Example network first, last, number (the iptoasn form)
 * </pre>
 *
 * The number 0 says that nobody announces the range.
 */
public final class AsnTable implements Networks {
  /** About three times as many as the Internet has today. */
  public static final int LINES_MAX = 4_000_000;

  private static final String EXPECTED = " (expected: PREFIX ASN, or FIRST LAST ASN)";
  private static final long ASN_MAX = 0xffff_ffffL;

  private final Segments four;
  private final Segments six;

  private AsnTable(Segments four, Segments six) {
    this.four = four;
    this.six = six;
  }

  /** A line that says nothing we understand, or one too many. */
  public static final class BadTableException extends Exception {
    private static final long serialVersionUID = 1;

    BadTableException(int line, String problem) {
      super("line " + line + ": " + problem);
    }
  }

  /**
   * Reads a table.
   *
   * @param lines borrowed; lines are as long as the caller lets them be
   * @throws BadTableException names the line, counted from 1
   */
  public static AsnTable read(BufferedReader lines) throws IOException, BadTableException {
    List<Segments.Range> four = new ArrayList<>();
    List<Segments.Range> six = new ArrayList<>();
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (++number > LINES_MAX) {
        throw new BadTableException(number, "too many lines (expected: <= " + LINES_MAX + ")");
      }
      String text = line.strip();
      if (text.isEmpty() || text.charAt(0) == '#') continue;
      add(text, number, four, six);
    }
    return new AsnTable(Segments.of(four), Segments.of(six));
  }

  private static void add(
      String line, int number, List<Segments.Range> four, List<Segments.Range> six)
      throws BadTableException {
    String[] words = line.split("\\s+", 4);
    try {
      boolean prefix = words[0].indexOf('/') >= 0;
      if (words.length < (prefix ? 2 : 3)) throw new IllegalArgumentException();
      long asn = asn(words[prefix ? 1 : 2]);
      if (prefix) {
        Cidr block = Cidr.masked(words[0]).orElseThrow(IllegalArgumentException::new);
        int spare = block.v4() ? 96 : 0;
        Segments.Point first = new Segments.Point(block.high(), block.low());
        (block.v4() ? four : six)
            .add(Segments.Range.prefix(first, block.prefixLength() + spare, asn));
      } else {
        InetAddress first = InetAddress.ofLiteral(words[0]);
        InetAddress last = InetAddress.ofLiteral(words[1]);
        boolean v4 = first instanceof Inet4Address;
        if (v4 != last instanceof Inet4Address) throw new IllegalArgumentException();
        (v4 ? four : six).add(new Segments.Range(point(first), point(last), asn));
      }
    } catch (IllegalArgumentException bad) {
      throw new BadTableException(number, shortened(line) + EXPECTED);
    }
  }

  private static long asn(String word) {
    String digits = word.regionMatches(true, 0, "AS", 0, 2) ? word.substring(2) : word;
    long asn = Long.parseLong(digits);
    if (asn < 0 || asn > ASN_MAX) throw new IllegalArgumentException();
    return asn;
  }

  private static String shortened(String line) {
    return line.length() <= 80 ? line : line.substring(0, 80) + "…";
  }

  /** An address as a number of 128 bits; those of IPv4 are small ones, in a table of their own. */
  private static Segments.Point point(InetAddress address) {
    byte[] bytes = address.getAddress();
    long high = 0;
    long low = 0;
    for (int i = 0; i < bytes.length; i++) {
      high = (high << 8) | (low >>> 56);
      low = (low << 8) | (bytes[i] & 0xff);
    }
    return new Segments.Point(high, low);
  }

  @Override
  public Optional<Long> of(InetAddress address) {
    Segments table = address instanceof Inet4Address ? four : six;
    long asn = table.at(point(address));
    return asn == 0 ? Optional.empty() : Optional.of(asn);
  }
}
