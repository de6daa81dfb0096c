package io.fairlead.app.upgrade;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages as bytes: one byte for the kind, then the fields in order; numbers big-endian, texts as
 * their length in two bytes and modified UTF-8, lists as their count in two bytes. Stateless.
 */
final class UpgradeCodec {
  private static final int HELLO = 1;
  private static final int MANIFEST = 2;
  private static final int ASK_STORE = 3;
  private static final int STORE_GIVEN = 4;
  private static final int READY = 5;
  private static final int HANDED_OVER = 6;
  private static final int SETTLED = 7;
  private static final int WITHDRAWN = 8;

  private UpgradeCodec() {}

  static byte[] encode(UpgradeMessage message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(message, new DataOutputStream(bytes));
    } catch (IOException impossible) { // a name of more than 65 535 bytes
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads one message.
   *
   * @throws IOException it is none of ours, or cut short, or goes on behind its end
   */
  static UpgradeMessage decode(byte[] frame) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(frame));
    UpgradeMessage message = read(in);
    if (in.available() > 0) throw new IOException("bytes behind an upgrade message");
    return message;
  }

  private static void write(UpgradeMessage message, DataOutputStream out) throws IOException {
    switch (message) {
      case UpgradeMessage.Hello(int protocol, String version, String hash, long pid) -> {
        out.writeByte(HELLO);
        out.writeInt(protocol);
        out.writeUTF(version);
        out.writeUTF(hash);
        out.writeLong(pid);
      }
      case UpgradeMessage.Manifest manifest -> {
        out.writeByte(MANIFEST);
        out.writeLong(manifest.generation());
        out.writeUTF(manifest.configHash());
        out.writeLong(manifest.timeLeft().toMillis());
        writeList(manifest.sockets(), out);
        writeList(manifest.stores(), out);
      }
      case UpgradeMessage.AskStore(String store) -> writeText(ASK_STORE, store, out);
      case UpgradeMessage.StoreGiven(String store) -> writeText(STORE_GIVEN, store, out);
      case UpgradeMessage.Ready(long generation) -> {
        out.writeByte(READY);
        out.writeLong(generation);
      }
      case UpgradeMessage.HandedOver _ -> out.writeByte(HANDED_OVER);
      case UpgradeMessage.Settled _ -> out.writeByte(SETTLED);
      case UpgradeMessage.Withdrawn(String reason) -> writeText(WITHDRAWN, reason, out);
    }
  }

  private static UpgradeMessage read(DataInputStream in) throws IOException {
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case HELLO ->
          new UpgradeMessage.Hello(in.readInt(), in.readUTF(), in.readUTF(), in.readLong());
      case MANIFEST ->
          new UpgradeMessage.Manifest(
              in.readLong(),
              in.readUTF(),
              Duration.ofMillis(in.readLong()),
              readList(in),
              readList(in));
      case ASK_STORE -> new UpgradeMessage.AskStore(in.readUTF());
      case STORE_GIVEN -> new UpgradeMessage.StoreGiven(in.readUTF());
      case READY -> new UpgradeMessage.Ready(in.readLong());
      case HANDED_OVER -> new UpgradeMessage.HandedOver();
      case SETTLED -> new UpgradeMessage.Settled();
      case WITHDRAWN -> new UpgradeMessage.Withdrawn(in.readUTF());
      default -> throw new IOException("unknown upgrade message: " + kind);
    };
  }

  private static void writeText(int kind, String text, DataOutputStream out) throws IOException {
    out.writeByte(kind);
    out.writeUTF(text);
  }

  private static void writeList(List<String> list, DataOutputStream out) throws IOException {
    out.writeShort(list.size());
    for (String each : list) out.writeUTF(each);
  }

  private static List<String> readList(DataInputStream in) throws IOException {
    int count = in.readUnsignedShort();
    List<String> list = new ArrayList<>();
    for (int i = 0; i < count; i++) list.add(in.readUTF());
    return list;
  }
}
