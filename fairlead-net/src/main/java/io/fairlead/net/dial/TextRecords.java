package io.fairlead.net.dial;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads TXT records: character strings of up to 255 bytes each, one after the other. */
final class TextRecords {
  private static final int RECORDS_MAX = 256;

  private TextRecords() {}

  /**
   * @param records borrows; those of other types, and cut ones, are passed over
   * @return the joined strings of each record
   * @see <a href="https://www.rfc-editor.org/rfc/rfc1035#section-3.3.14">RFC 1035 §3.3.14</a>
   */
  static List<String> read(List<DnsRecord> records) {
    List<String> texts = new ArrayList<>();
    for (DnsRecord record : records) {
      if (texts.size() == RECORDS_MAX) break;
      if (!(record instanceof DnsRawRecord raw) || !record.type().equals(DnsRecordType.TXT)) {
        continue;
      }
      ByteBuf data = raw.content();
      StringBuilder text = new StringBuilder();
      int at = data.readerIndex();
      boolean cut = false;
      while (at < data.writerIndex() && !cut) {
        int length = data.getUnsignedByte(at);
        cut = length > data.writerIndex() - at - 1;
        if (!cut) text.append(data.toString(at + 1, length, StandardCharsets.UTF_8));
        at += 1 + length;
      }
      if (!cut) texts.add(text.toString());
    }
    return texts;
  }
}
