package io.fairlead.net.hello;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;

/** Makes ClientHellos, right and wrong ones. */
final class Hello {
  private final ByteArrayOutputStream extensions = new ByteArrayOutputStream();
  private boolean bare;

  Hello extension(int type, byte[] value) {
    two(extensions, type);
    two(extensions, value.length);
    extensions.writeBytes(value);
    return this;
  }

  Hello name(String name) {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    byte[] bytes = name.getBytes(ISO_8859_1);
    two(value, bytes.length + 3);
    value.write(0);
    two(value, bytes.length);
    value.writeBytes(bytes);
    return extension(0, value.toByteArray());
  }

  Hello protocols(String... names) {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (String name : names) {
      list.write(name.length());
      list.writeBytes(name.getBytes(ISO_8859_1));
    }
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    two(value, list.size());
    value.writeBytes(list.toByteArray());
    return extension(16, value.toByteArray());
  }

  /** Without the list of extensions. */
  Hello bare() {
    bare = true;
    return this;
  }

  byte[] records() {
    return records(1 << 14);
  }

  byte[] records(int fragment) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    two(body, 0x0303);
    body.writeBytes(new byte[32]);
    body.write(4);
    body.writeBytes(new byte[4]);
    two(body, 4);
    two(body, 0x1301);
    two(body, 0x2a2a);
    body.write(1);
    body.write(0);
    if (!bare) {
      two(body, extensions.size());
      body.writeBytes(extensions.toByteArray());
    }
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.write(1);
    message.write(body.size() >> 16);
    two(message, body.size());
    message.writeBytes(body.toByteArray());
    byte[] bytes = message.toByteArray();
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    for (int at = 0; at < bytes.length; at += fragment) {
      int length = Math.min(fragment, bytes.length - at);
      records.write(22);
      two(records, 0x0301);
      two(records, length);
      records.write(bytes, at, length);
    }
    return records.toByteArray();
  }

  private static void two(ByteArrayOutputStream out, int value) {
    out.write(value >> 8);
    out.write(value);
  }
}
