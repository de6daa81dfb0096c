package io.fairlead.libp2p.identify;

import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One statement in several messages: some readers take no more than 4 KiB at a time.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/identify/README.md">identify</a>
 */
public final class IdentifyParts {
  /** Messages that are read of one stream. */
  public static final int MESSAGES_MAX = 10;

  /** Longest message that is sent. */
  static final int SENT_BYTES_MAX = 4096;

  private IdentifyMessage whole = IdentifyMessage.EMPTY;
  private int messages;

  /**
   * Adds a message that was read. Belongs to one thread.
   *
   * @return false when no more are taken
   * @throws MalformedException no message, or one too many
   */
  public boolean add(byte[] message) throws MalformedException {
    if (messages == MESSAGES_MAX) {
      throw new MalformedException("identify: more than " + MESSAGES_MAX + " messages");
    }
    messages++;
    whole = whole.and(IdentifyMessage.read(message));
    return messages < MESSAGES_MAX;
  }

  /** What the messages say together. */
  public IdentifyMessage whole() {
    return whole;
  }

  /** Whether any message came. */
  public boolean any() {
    return messages > 0;
  }

  /**
   * The statement as frames to be sent one after the other: the lists cut where they are long, the
   * signed record by itself. What does not fit into ten messages is left out, addresses last.
   */
  public static List<byte[]> frames(IdentifyMessage statement) {
    List<byte[]> frames = new ArrayList<>();
    Batch batch = new Batch(frames);
    for (byte[] address : statement.listenAddresses()) batch.add(Optional.of(address), "");
    for (String protocol : statement.protocols()) batch.add(Optional.empty(), protocol);
    batch.close(statement);
    statement.signedPeerRecord().ifPresent(record -> frames.add(recordFrame(record)));
    return frames;
  }

  /** Collects list entries until a message is full; what is said once goes into the last. */
  private static final class Batch {
    /** The key of an RSA identity, versions and an observed address. */
    private static final int ONCE_BYTES_MAX = 1400;

    private final List<byte[]> frames;
    private final List<byte[]> addresses = new ArrayList<>();
    private final List<String> protocols = new ArrayList<>();
    private int bytes;

    Batch(List<byte[]> frames) {
      this.frames = frames;
    }

    void add(Optional<byte[]> address, String protocol) {
      int size = 4 + address.map(binary -> binary.length).orElse(3 * protocol.length());
      if (bytes + size > SENT_BYTES_MAX - ONCE_BYTES_MAX) {
        if (frames.size() == MESSAGES_MAX - 2) return;
        frames.add(frame(Optional.empty()));
      }
      bytes += size;
      address.ifPresentOrElse(addresses::add, () -> protocols.add(protocol));
    }

    void close(IdentifyMessage statement) {
      frames.add(frame(Optional.of(statement)));
    }

    private byte[] frame(Optional<IdentifyMessage> statement) {
      IdentifyMessage message =
          new IdentifyMessage(
              statement.flatMap(IdentifyMessage::publicKey),
              addresses,
              protocols,
              statement.flatMap(IdentifyMessage::observedAddress),
              statement.flatMap(IdentifyMessage::protocolVersion),
              statement.flatMap(IdentifyMessage::agentVersion),
              Optional.empty());
      addresses.clear();
      protocols.clear();
      bytes = 0;
      return Delimited.frame(message.toBytes());
    }
  }

  private static byte[] recordFrame(byte[] record) {
    return Delimited.frame(
        new IdentifyMessage(
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(record))
            .toBytes());
  }
}
