package io.fairlead.libp2p.negotiate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.libp2p.codec.MalformedException;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** Takes words from bytes that come in any pieces, and never a byte more than a word. */
final class WordReader {
  private static final byte[] NONE = {};

  private byte[] word = NONE;
  private int length;
  private int lengthBytes;
  private int count;
  private boolean inBody;

  /**
   * @param in borrows; what belongs to a word is taken
   * @return empty when more bytes are needed
   * @throws MalformedException a length that is none or too large, or a word without line feed
   */
  Optional<String> read(ByteBuf in) throws MalformedException {
    while (!inBody) {
      if (!in.isReadable()) return Optional.empty();
      length(in.readByte());
    }
    int some = Math.min(word.length - count, in.readableBytes());
    in.readBytes(word, count, some);
    count += some;
    if (count < word.length) return Optional.empty();
    if (word[count - 1] != '\n') throw new MalformedException("word: without line feed");
    String text = new String(word, 0, count - 1, UTF_8);
    inBody = false;
    word = NONE;
    return Optional.of(text);
  }

  private void length(byte next) throws MalformedException {
    length |= (next & 0x7F) << 7 * lengthBytes;
    lengthBytes++;
    if (next < 0 && lengthBytes < 2) return;
    if (next < 0 || length > Word.BYTES_MAX || length == 0 || (lengthBytes > 1 && next == 0))
      throw new MalformedException("word: " + length + " bytes (expected: 1 - 1024)");
    word = new byte[length];
    inBody = true;
    count = 0;
    length = 0;
    lengthBytes = 0;
  }
}
