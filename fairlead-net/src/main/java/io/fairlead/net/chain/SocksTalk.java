package io.fairlead.net.chain;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Asks a SOCKS 5 proxy for a connection (RFC 1928, RFC 1929); names go to it unresolved.
 *
 * <pre>
 * Greeting --method none-->      Asked    (request)
 * Greeting --method password-->  Password (user and password)
 * Password --accepted-->         Asked    (request)
 * Asked    --succeeded-->        over, open
 * any      --anything else-->    over, failed
 * </pre>
 */
final class SocksTalk implements HopTalk {
  private enum Waiting {
    GREETING,
    PASSWORD,
    ASKED
  }

  private final ProxyHop hop;
  private final Destination.HostPort to;
  private Waiting waiting = Waiting.GREETING;
  private Optional<Failure> failure = Optional.empty();

  SocksTalk(ProxyHop hop, Destination.HostPort to) {
    this.hop = hop;
    this.to = to;
  }

  @Override
  public void begin(ByteBuf out) {
    if (hop.login().isPresent()) {
      out.writeByte(5).writeByte(2).writeByte(0).writeByte(2);
    } else {
      out.writeByte(5).writeByte(1).writeByte(0);
    }
  }

  @Override
  public Step read(ByteBuf in, ByteBuf out) {
    while (true) {
      switch (waiting) {
        case GREETING -> {
          if (in.readableBytes() < 2) return Step.WAIT;
          int version = in.readByte();
          int method = in.readUnsignedByte();
          if (version != 5) return ofProxy("does not speak SOCKS 5");
          if (method == 2 && hop.login().isPresent()) {
            login(out, hop.login().get());
            waiting = Waiting.PASSWORD;
          } else if (method == 0) {
            request(out);
            waiting = Waiting.ASKED;
          } else {
            return ofProxy("accepts none of our ways to log in");
          }
        }
        case PASSWORD -> {
          if (in.readableBytes() < 2) return Step.WAIT;
          in.skipBytes(1);
          if (in.readByte() != 0) return ofProxy("did not accept our login");
          request(out);
          waiting = Waiting.ASKED;
        }
        case ASKED -> {
          return answer(in);
        }
      }
    }
  }

  @Override
  public Optional<Failure> failure() {
    return failure;
  }

  private Step answer(ByteBuf in) {
    int at = in.readerIndex();
    if (in.readableBytes() < 2) return Step.WAIT;
    if (in.getByte(at) != 5) return ofProxy("gave an answer that is not SOCKS 5");
    int code = in.getUnsignedByte(at + 1);
    if (code != 0) return refused(code); // what follows does not matter any more
    if (in.readableBytes() < 5) return Step.WAIT;
    int length =
        switch (in.getByte(at + 3)) {
          case 1 -> 10;
          case 4 -> 22;
          case 3 -> 7 + in.getUnsignedByte(at + 4);
          default -> 0;
        };
    if (length == 0) return ofProxy("gave an address that is none");
    if (in.readableBytes() < length) return Step.WAIT;
    in.skipBytes(length);
    return Step.OPEN;
  }

  private Step refused(int code) {
    String place = to + ": the proxy " + hop.name() + " ";
    DialException cause =
        switch (code) {
          case 3 -> new DialException.Unreachable(to, true, place + "has no way to its network");
          case 4 -> new DialException.Unreachable(to, false, place + "cannot reach it");
          case 5 -> new DialException.Refused(to, place + "was refused there");
          case 6 -> new DialException.TimedOut(to, place + "got no answer");
          default -> new DialException.Refused(to, place + "refused it: " + code);
        };
    failure = Optional.of(new Failure(cause, code == 1 || code > 6));
    return Step.FAILED;
  }

  private Step ofProxy(String what) {
    failure =
        Optional.of(
            new Failure(
                new DialException.Refused(to, to + ": the proxy " + hop.name() + " " + what),
                true));
    return Step.FAILED;
  }

  private static void login(ByteBuf out, ProxyHop.Login login) {
    byte[] user = login.user().getBytes(StandardCharsets.UTF_8);
    byte[] password = login.password().reveal().getBytes(StandardCharsets.UTF_8);
    out.writeByte(1).writeByte(user.length).writeBytes(user);
    out.writeByte(password.length).writeBytes(password);
  }

  private void request(ByteBuf out) {
    out.writeByte(5).writeByte(1).writeByte(0);
    Optional<InetAddress> literal = IpLiteral.parse(to.host());
    if (literal.isPresent()) {
      byte[] address = literal.get().getAddress();
      out.writeByte(address.length == 4 ? 1 : 4).writeBytes(address);
    } else {
      byte[] name = to.host().getBytes(StandardCharsets.US_ASCII); // at most 254 bytes
      out.writeByte(3).writeByte(name.length).writeBytes(name);
    }
    out.writeShort(to.port());
  }
}
