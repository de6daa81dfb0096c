package io.fairlead.net.proxyprotocol;

import io.fairlead.net.dial.Preface;
import io.fairlead.net.proxyprotocol.SendHeader.Told;
import io.fairlead.net.proxyprotocol.codec.ProxyHeader;
import io.fairlead.net.proxyprotocol.codec.ProxyHeader.Field;
import io.fairlead.net.proxyprotocol.codec.ProxyHeaderWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the headers that tell servers who the client is. Stateless. */
public final class Announcement {
  private static final int SSL_CLIENT = 0x01; // PP2_CLIENT_SSL
  private static final int SSL_VERSION = 0x21;
  private static final int SSL_CIPHER = 0x23;

  private Announcement() {}

  /** For one connection. */
  public static Preface of(SendHeader send, Announced client) {
    return allocator -> {
      List<Field> fields =
          send.version() == SendHeader.Version.V1 ? List.of() : fields(send, client);
      return write(
          send,
          client.connection().remote() instanceof InetSocketAddress source
                  && client.connection().wanted() instanceof InetSocketAddress destination
              ? ProxyHeader.of(source, destination, fields)
              : ProxyHeader.unknown(fields),
          allocator);
    };
  }

  /** For a connection that no client asked for, such as a check's. */
  public static Preface ofNobody(SendHeader send) {
    return allocator ->
        write(send, new ProxyHeader(true, Optional.empty(), false, List.of()), allocator);
  }

  private static ByteBuf write(SendHeader send, ProxyHeader header, ByteBufAllocator allocator) {
    return switch (send.version()) {
      case V1 -> ProxyHeaderWriter.version1(header, allocator);
      case V2 -> ProxyHeaderWriter.version2(header, allocator);
    };
  }

  /** For the datagrams of one client; the caller owns it. */
  public static ByteBuf ofDatagrams(
      SendHeader send,
      InetSocketAddress source,
      InetSocketAddress destination,
      ByteBufAllocator allocator) {
    return ProxyHeaderWriter.version2(
        new ProxyHeader(
            false, Optional.of(new ProxyHeader.Pair(source, destination)), true, custom(send)),
        allocator);
  }

  private static List<Field> fields(SendHeader send, Announced client) {
    List<Field> fields = new ArrayList<>();
    if (send.tells(Told.ALPN) && !client.protocols().isEmpty()) {
      fields.add(
          new Field(
              Field.ALPN, client.protocols().getFirst().getBytes(StandardCharsets.ISO_8859_1)));
    }
    if (send.tells(Told.AUTHORITY) && client.serverName().isPresent()) {
      fields.add(
          new Field(Field.AUTHORITY, client.serverName().get().getBytes(StandardCharsets.UTF_8)));
    }
    if (send.tells(Told.UNIQUE_ID)) {
      String id =
          Long.toHexString(client.connection().acceptedAtNanos())
              + "-"
              + Long.toHexString(client.connection().id());
      fields.add(new Field(Field.UNIQUE_ID, id.getBytes(StandardCharsets.US_ASCII)));
    }
    if (send.tells(Told.SSL)) client.tls().ifPresent(tls -> fields.add(ssl(tls)));
    fields.addAll(custom(send));
    return fields;
  }

  private static List<Field> custom(SendHeader send) {
    return send.custom().entrySet().stream()
        .map(entry -> new Field(entry.getKey(), entry.getValue().getBytes(StandardCharsets.UTF_8)))
        .toList();
  }

  /** TLS ended here, and the client showed no certificate: verify is not zero. */
  private static Field ssl(SslHandler tls) {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.write(SSL_CLIENT);
    value.writeBytes(new byte[] {0, 0, 0, 1});
    part(SSL_VERSION, tls.engine().getSession().getProtocol(), value);
    part(SSL_CIPHER, tls.engine().getSession().getCipherSuite(), value);
    return new Field(Field.SSL, value.toByteArray());
  }

  private static void part(int type, String text, ByteArrayOutputStream into) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    into.write(type);
    into.write(bytes.length >> 8);
    into.write(bytes.length);
    into.writeBytes(bytes);
  }
}
