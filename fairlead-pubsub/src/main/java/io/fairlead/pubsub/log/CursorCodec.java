package io.fairlead.pubsub.log;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A cursor as bytes: the mark {@code FLCURSOR}, a version, the first block, the remembered blocks
 * oldest first with what was delivered of each, and a CRC-32C of everything before it.
 *
 * <p>Where the entries of the remembered blocks are too many to be written once a second, the
 * oldest blocks are left out: a reorg that deep while nobody looked is then told as a gap.
 */
public final class CursorCodec {
  /** It is not what was written. The message says what is wrong, without a path. */
  public static final class CorruptCursorException extends Exception {
    private static final long serialVersionUID = 1;

    CorruptCursorException(String message) {
      super(message);
    }
  }

  /** About what is written at most. */
  static final int BYTES_MAX = 16 * 1024 * 1024;

  private static final byte[] MARK =
      "FLCURSOR".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int HEAD_BYTES = MARK.length + 4;
  private static final int TAIL_BYTES = 4;
  private static final int BLOCK_BYTES = 8 + 32 + 32 + 4;
  private static final int ENTRY_BYTES = 4 + 4;

  private CursorCodec() {}

  public static byte[] encode(Cursor cursor) {
    List<Cursor.Block> blocks = kept(cursor.blocks());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.write(MARK);
      out.writeInt(VERSION);
      out.writeLong(cursor.firstBlock());
      out.writeInt(blocks.size());
      for (Cursor.Block block : blocks) {
        out.writeLong(block.number());
        out.write(block.hash().bytes());
        out.write(block.parent().bytes());
        out.writeInt(block.delivered().size());
        for (ChainEntry entry : block.delivered()) {
          out.writeInt(entry.index());
          out.writeInt(entry.json().length);
          out.write(entry.json());
        }
      }
      out.flush();
      out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // memory does not fail to be written
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws CorruptCursorException cut short, changed, of another version, or never a cursor
   */
  public static Cursor decode(byte[] bytes) throws CorruptCursorException {
    if (bytes.length < HEAD_BYTES + TAIL_BYTES
        || !ByteBuffer.wrap(bytes, 0, MARK.length).equals(ByteBuffer.wrap(MARK))) {
      throw new CorruptCursorException("not a cursor");
    }
    int version = ByteBuffer.wrap(bytes).getInt(MARK.length);
    if (version != VERSION) {
      throw new CorruptCursorException("version " + version + " (expected: " + VERSION + ")");
    }
    int body = bytes.length - TAIL_BYTES;
    if (ByteBuffer.wrap(bytes).getInt(body) != checksum(bytes, body)) {
      throw new CorruptCursorException("its checksum does not fit: cut short or changed");
    }
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(bytes, HEAD_BYTES, body - HEAD_BYTES))) {
      return read(in);
    } catch (EOFException _) {
      throw new CorruptCursorException("ends too early");
    } catch (IOException | IllegalArgumentException failure) {
      throw new CorruptCursorException("does not fit together: " + failure.getMessage());
    }
  }

  private static Cursor read(DataInputStream in) throws IOException {
    long firstBlock = in.readLong();
    int count = in.readInt();
    List<Cursor.Block> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long number = in.readLong();
      BlockHash hash = BlockHash.of(exactly(in, 32));
      BlockHash parent = BlockHash.of(exactly(in, 32));
      int entries = in.readInt();
      List<ChainEntry> delivered = new ArrayList<>();
      for (int j = 0; j < entries; j++) {
        int index = in.readInt();
        delivered.add(new ChainEntry(number, hash, index, exactly(in, in.readInt())));
      }
      blocks.add(new Cursor.Block(number, hash, parent, delivered));
    }
    if (in.available() > 0) throw new IOException("goes on after its end");
    return new Cursor(firstBlock, blocks);
  }

  private static byte[] exactly(DataInputStream in, int length) throws IOException {
    if (length < 0 || length > in.available()) throw new EOFException();
    return in.readNBytes(length);
  }

  private static List<Cursor.Block> kept(List<Cursor.Block> blocks) {
    long bytes = 0;
    int from = blocks.size();
    while (from > 0) {
      Cursor.Block block = blocks.get(from - 1);
      bytes += BLOCK_BYTES;
      for (ChainEntry entry : block.delivered()) bytes += ENTRY_BYTES + entry.json().length;
      if (bytes > BYTES_MAX && from < blocks.size()) break;
      from--;
    }
    return blocks.subList(from, blocks.size());
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, length);
    return (int) sum.getValue();
  }
}
