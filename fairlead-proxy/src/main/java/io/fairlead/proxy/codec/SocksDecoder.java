package io.fairlead.proxy.codec;

import io.fairlead.core.address.HostName;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Secret;
import io.fairlead.proxy.codec.SocksMessage.Command;
import io.fairlead.proxy.codec.SocksMessage.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads one SOCKS message at a time. Stateless: as long as a message is incomplete nothing is
 * consumed and the answer is empty. Every message is bounded by its own length bytes (at most 513
 * bytes) or, in version 4, by 255 bytes for each text.
 */
public final class SocksDecoder {
  private static final int TEXT_MAX = 255;
  private static final int METHOD_NONE = 0;
  private static final int METHOD_PASSWORD = 2;

  private SocksDecoder() {}

  /** Which message comes next. */
  public enum Expected {
    GREETING,
    PASSWORD,
    REQUEST_5,
    REQUEST_4
  }

  /**
   * Reads the next message.
   *
   * @param in borrows; the reader index moves only when a message is returned
   * @return the message, or empty when more bytes are needed
   */
  public static Optional<SocksMessage> decode(Expected expected, ByteBuf in) {
    return switch (expected) {
      case GREETING -> greeting(in);
      case PASSWORD -> password(in);
      case REQUEST_5 -> request5(in);
      case REQUEST_4 -> request4(in);
    };
  }

  /** {@code 05 N METHODS}. */
  private static Optional<SocksMessage> greeting(ByteBuf in) {
    int at = in.readerIndex();
    int readable = in.readableBytes();
    if (readable >= 1 && in.getByte(at) != 5) return malformed(Fault.VERSION);
    if (readable < 2) return Optional.empty();
    int count = in.getUnsignedByte(at + 1);
    if (readable < 2 + count) return Optional.empty();
    boolean none = false;
    boolean password = false;
    for (int i = 0; i < count; i++) {
      int method = in.getUnsignedByte(at + 2 + i);
      none |= method == METHOD_NONE;
      password |= method == METHOD_PASSWORD;
    }
    in.skipBytes(2 + count);
    return Optional.of(new SocksMessage.Greeting(none, password));
  }

  /** {@code 01 ULEN USER PLEN PASSWORD}. */
  private static Optional<SocksMessage> password(ByteBuf in) {
    int at = in.readerIndex();
    int readable = in.readableBytes();
    if (readable >= 1 && in.getByte(at) != 1) return malformed(Fault.VERSION);
    if (readable < 2) return Optional.empty();
    int userLength = in.getUnsignedByte(at + 1);
    if (userLength == 0) return malformed(Fault.EMPTY_CREDENTIALS);
    if (readable < 3 + userLength) return Optional.empty();
    int passwordLength = in.getUnsignedByte(at + 2 + userLength);
    if (passwordLength == 0) return malformed(Fault.EMPTY_CREDENTIALS);
    if (readable < 3 + userLength + passwordLength) return Optional.empty();
    String user = in.toString(at + 2, userLength, StandardCharsets.UTF_8);
    String text = in.toString(at + 3 + userLength, passwordLength, StandardCharsets.UTF_8);
    in.skipBytes(3 + userLength + passwordLength);
    return Optional.of(new SocksMessage.Password(user, Secret.of(text)));
  }

  /** {@code 05 CMD 00 ATYP ADDRESS PORT}. */
  private static Optional<SocksMessage> request5(ByteBuf in) {
    int at = in.readerIndex();
    int readable = in.readableBytes();
    if (readable >= 1 && in.getByte(at) != 5) return malformed(Fault.VERSION);
    if (readable >= 3 && in.getByte(at + 2) != 0) return malformed(Fault.RESERVED);
    if (readable < 4) return Optional.empty();
    int type = in.getByte(at + 3);
    int addressAt = at + 4;
    int addressLength;
    switch (type) {
      case 1 -> addressLength = 4;
      case 4 -> addressLength = 16;
      case 3 -> {
        if (readable < 5) return Optional.empty();
        addressLength = in.getUnsignedByte(addressAt);
        if (addressLength == 0) return malformed(Fault.ADDRESS);
        addressAt++;
      }
      default -> {
        return malformed(Fault.ADDRESS_TYPE);
      }
    }
    int length = addressAt - at + addressLength + 2;
    if (readable < length) return Optional.empty();
    Command command =
        switch (in.getByte(at + 1)) {
          case 1 -> Command.CONNECT;
          case 2 -> Command.BIND;
          case 3 -> Command.UDP_ASSOCIATE;
          default -> Command.UNKNOWN;
        };
    Optional<String> host =
        type == 3
            ? HostName.canonical(bytes(in, addressAt, addressLength))
            : Optional.of(NetUtil.bytesToIpAddress(bytes(in, addressAt, addressLength)));
    int port = in.getUnsignedShort(addressAt + addressLength);
    in.skipBytes(length);
    if (command == Command.UDP_ASSOCIATE) {
      return Optional.of(
          new SocksMessage.Associate5(
              host.flatMap(IpLiteral::parse).filter(address -> !address.isAnyLocalAddress()),
              port));
    }
    if (command == Command.BIND) {
      boolean anybody =
          host.flatMap(IpLiteral::parse).filter(InetAddress::isAnyLocalAddress).isPresent();
      if (host.isEmpty()) return malformed(Fault.ADDRESS);
      return Optional.of(new SocksMessage.Bind5(anybody ? Optional.empty() : host, port));
    }
    if (command == Command.UNKNOWN) {
      return Optional.of(new SocksMessage.Request5(command, NOWHERE));
    }
    if (host.isEmpty() || port == 0) return malformed(Fault.ADDRESS);
    return Optional.of(
        new SocksMessage.Request5(command, new Destination.HostPort(host.get(), port)));
  }

  /** {@code 04 CD PORT IP USERID 00}, and {@code HOST 00} when the IP is {@code 0.0.0.x}. */
  private static Optional<SocksMessage> request4(ByteBuf in) {
    int at = in.readerIndex();
    int readable = in.readableBytes();
    if (readable >= 1 && in.getByte(at) != 4) return malformed(Fault.VERSION);
    if (readable < 9) return Optional.empty();
    int userAt = at + 8;
    int userLength = textLength(in, userAt);
    if (userLength == TOO_LONG) return malformed(Fault.TOO_LONG);
    if (userLength == INCOMPLETE) return Optional.empty();
    int end = userAt + userLength + 1;
    boolean named =
        in.getByte(at + 4) == 0
            && in.getByte(at + 5) == 0
            && in.getByte(at + 6) == 0
            && in.getByte(at + 7) != 0;
    Optional<String> host;
    if (named) {
      int hostLength = textLength(in, end);
      if (hostLength == TOO_LONG) return malformed(Fault.TOO_LONG);
      if (hostLength == INCOMPLETE) return Optional.empty();
      host = HostName.canonical(bytes(in, end, hostLength));
      end += hostLength + 1;
    } else {
      host = Optional.of(NetUtil.bytesToIpAddress(bytes(in, at + 4, 4)));
    }
    Command command =
        switch (in.getByte(at + 1)) {
          case 1 -> Command.CONNECT;
          case 2 -> Command.BIND;
          default -> Command.UNKNOWN;
        };
    int port = in.getUnsignedShort(at + 2);
    String userid = in.toString(userAt, userLength, StandardCharsets.UTF_8);
    in.skipBytes(end - at);
    if (command != Command.CONNECT) {
      return Optional.of(new SocksMessage.Request4(command, NOWHERE, userid));
    }
    if (host.isEmpty() || port == 0) return malformed(Fault.ADDRESS);
    return Optional.of(
        new SocksMessage.Request4(command, new Destination.HostPort(host.get(), port), userid));
  }

  private static final int INCOMPLETE = -1;
  private static final int TOO_LONG = -2;

  /** Stands for the address of a command that is refused whatever its address is. */
  private static final Destination.HostPort NOWHERE = new Destination.HostPort("0.0.0.0", 1);

  private static int textLength(ByteBuf in, int from) {
    int window = Math.min(TEXT_MAX + 1, in.writerIndex() - from);
    int length = in.bytesBefore(from, window, (byte) 0);
    if (length >= 0) return length;
    return window > TEXT_MAX ? TOO_LONG : INCOMPLETE;
  }

  private static byte[] bytes(ByteBuf in, int from, int length) {
    byte[] bytes = new byte[length];
    in.getBytes(from, bytes);
    return bytes;
  }

  private static Optional<SocksMessage> malformed(Fault fault) {
    return Optional.of(new SocksMessage.Malformed(fault));
  }
}
