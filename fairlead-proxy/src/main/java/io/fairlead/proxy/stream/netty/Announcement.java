package io.fairlead.proxy.stream.netty;

import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.proxyprotocol.codec.ProxyHeader;
import io.fairlead.net.proxyprotocol.codec.ProxyHeader.Field;
import io.fairlead.net.proxyprotocol.codec.ProxyHeaderWriter;
import io.fairlead.proxy.stream.SendHeader;
import io.fairlead.proxy.stream.SendHeader.Told;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.proxy.stream.StreamRules.Known;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the headers that tell servers who the client is. Stateless. */
final class Announcement {
  private static final int SSL_CLIENT = 0x01; // PP2_CLIENT_SSL
  private static final int SSL_VERSION = 0x21;
  private static final int SSL_CIPHER = 0x23;

  private Announcement() {}

  /** Whether a header would have to come before TLS that is already spoken. */
  static boolean tooLate(StreamConfig config, Channel server) {
    return config.sendHeader().isPresent() && server.pipeline().get(SslHandler.class) != null;
  }

  /** For one connection; the caller owns it. */
  static ByteBuf of(
      SendHeader send,
      LiveConnection connection,
      Known known,
      @Nullable SslHandler tls,
      ByteBufAllocator allocator) {
    List<Field> fields =
        send.version() == SendHeader.Version.V1 ? List.of() : fields(send, connection, known, tls);
    ProxyHeader header =
        connection.remote() instanceof InetSocketAddress source
                && connection.wanted() instanceof InetSocketAddress destination
            ? ProxyHeader.of(source, destination, fields)
            : ProxyHeader.unknown(fields);
    return switch (send.version()) {
      case V1 -> ProxyHeaderWriter.version1(header, allocator);
      case V2 -> ProxyHeaderWriter.version2(header, allocator);
    };
  }

  /** For the datagrams of one client; the caller owns it. */
  static ByteBuf ofDatagrams(
      SendHeader send,
      InetSocketAddress source,
      InetSocketAddress destination,
      ByteBufAllocator allocator) {
    return ProxyHeaderWriter.version2(
        new ProxyHeader(
            false, Optional.of(new ProxyHeader.Pair(source, destination)), true, custom(send)),
        allocator);
  }

  private static List<Field> fields(
      SendHeader send, LiveConnection connection, Known known, @Nullable SslHandler tls) {
    List<Field> fields = new ArrayList<>();
    if (known instanceof Known.Tls(Optional<String> name, List<String> protocols)) {
      if (send.tells(Told.ALPN) && !protocols.isEmpty()) {
        fields.add(
            new Field(Field.ALPN, protocols.getFirst().getBytes(StandardCharsets.ISO_8859_1)));
      }
      if (send.tells(Told.AUTHORITY) && name.isPresent()) {
        fields.add(new Field(Field.AUTHORITY, name.get().getBytes(StandardCharsets.UTF_8)));
      }
    }
    if (send.tells(Told.UNIQUE_ID)) {
      String id =
          Long.toHexString(connection.acceptedAtNanos()) + "-" + Long.toHexString(connection.id());
      fields.add(new Field(Field.UNIQUE_ID, id.getBytes(StandardCharsets.US_ASCII)));
    }
    if (send.tells(Told.SSL) && tls != null) fields.add(ssl(tls));
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
