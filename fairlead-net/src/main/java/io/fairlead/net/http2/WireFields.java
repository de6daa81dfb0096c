package io.fairlead.net.http2;

import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.HopFields;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Locale;

/** Puts fields of the other parts of the program into the form of this wire (RFC 9113 §8.2). */
final class WireFields {
  private WireFields() {}

  /** Appends the end-to-end fields, names in lower case, but not those dropped. */
  static void endToEnd(Fields fields, List<String> dropped, HeaderList out) {
    for (int i = 0; i < fields.size(); i++) {
      if (!fields.endToEnd(i) || among(dropped, fields, i)) continue;
      add(fields.name(i), fields.value(i), out);
    }
  }

  /** Appends fields but those that mean something to one hop only. */
  static void added(List<FieldEdits.Field> fields, HeaderList out) {
    for (int i = 0; i < fields.size(); i++) {
      FieldEdits.Field field = fields.get(i);
      if (!HopFields.contains(field.name())) add(field.name(), field.value(), out);
    }
  }

  static void add(String name, String value, HeaderList out) {
    out.add(new AsciiString(name.toLowerCase(Locale.ROOT)), new AsciiString(value));
  }

  static AsciiString number(long value) {
    return new AsciiString(Long.toString(value));
  }

  private static boolean among(List<String> names, Fields fields, int index) {
    for (int i = 0; i < names.size(); i++) {
      if (fields.nameIs(index, names.get(i))) return true;
    }
    return false;
  }
}
