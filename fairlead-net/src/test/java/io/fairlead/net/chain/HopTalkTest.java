package io.fairlead.net.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.dial.Destination.HostPort;
import io.fairlead.core.unit.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HopTalkTest {
  private static final HostPort TO = new HostPort("origin.example", 443);
  private static final Optional<ProxyHop.Login> ALICE =
      Optional.of(new ProxyHop.Login("alice", Secret.of("s3:cr3t")));

  private static ProxyHop hop(ProxyHop.Kind kind, Optional<ProxyHop.Login> login) {
    return new ProxyHop(
        "corp",
        kind,
        new HostPort("proxy.example", 3128),
        Optional.empty(),
        login,
        Optional.of("me"));
  }

  private static HopTalk talk(ProxyHop.Kind kind, Optional<ProxyHop.Login> login, HostPort to) {
    return kind == ProxyHop.Kind.HTTP
        ? new ConnectTalk(hop(kind, login), to)
        : new SocksTalk(hop(kind, login), to);
  }

  /**
   * What is said, what it comes to, what is left: with the answer in one piece and byte by byte.
   */
  private static String outcome(HopTalk talk, ByteBuf answer, boolean slowly) {
    ByteBuf in = Unpooled.buffer();
    ByteBuf out = Unpooled.buffer();
    talk.begin(out);
    HopTalk.Step step = HopTalk.Step.WAIT;
    while (answer.isReadable() && step == HopTalk.Step.WAIT) {
      in.writeBytes(answer, slowly ? 1 : answer.readableBytes());
      step = talk.read(in, out);
    }
    in.writeBytes(answer);
    return step
        + talk.failure()
            .map(f -> " " + f.cause().code() + (f.ofProxy() ? " proxy" : " destination"))
            .orElse("")
        + (step == HopTalk.Step.OPEN ? " left " + in.toString(StandardCharsets.US_ASCII) : "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 200 Connection established~~SSH-2.0 | OPEN left SSH-2.0",
        "HTTP/1.0 200~X: y~~hi | OPEN left hi",
        "HTTP/1.1 100 Continue~~HTTP/1.1 204 x~~hi | OPEN left hi",
        "HTTP/1.1 407 x~~ | FAILED connect_refused proxy",
        "HTTP/1.1 403 x~~ | FAILED connect_refused destination",
        "HTTP/1.1 502 x~~ | FAILED host_unreachable destination",
        "HTTP/1.1 503 x~~ | FAILED host_unreachable destination",
        "HTTP/1.1 504 x~~ | FAILED connect_timeout destination",
        "HTTP/1.1 400 x~~ | FAILED connect_refused proxy",
        "HTTP/1.1 101 x~~ | FAILED connect_refused proxy",
        "HTTP/2.0 200 x~~ | FAILED connect_refused proxy",
        "HTTP/1.1 2000 x~~ | FAILED connect_refused proxy",
        "SSH-2.0-OpenSSH_9~~ | FAILED connect_refused proxy",
        "HTTP/1.1 200 no end | WAIT",
      })
  void anHttpProxyAnswers(String answer, String outcome) {
    byte[] bytes = answer.replace("~", "\r\n").getBytes(StandardCharsets.US_ASCII);
    for (boolean slowly : new boolean[] {false, true}) {
      HopTalk talk = talk(ProxyHop.Kind.HTTP, Optional.empty(), TO);
      assertThat(outcome(talk, Unpooled.wrappedBuffer(bytes), slowly)).isEqualTo(outcome);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, 0500 05000001 7f000001 1234 6869, OPEN left hi",
    "false, 0500 05000004 00000000000000000000000000000001 1234 6869, OPEN left hi",
    "false, 0500 05000003 01 61 1234 6869, OPEN left hi",
    "true, 0500 05000001 7f000001 1234, OPEN left ",
    "true, 0502 0100 05000001 7f000001 1234, OPEN left ",
    "true, 0502 0101, FAILED connect_refused proxy",
    "true, 05ff, FAILED connect_refused proxy",
    "false, 0502, FAILED connect_refused proxy",
    "false, 0400, FAILED connect_refused proxy",
    "false, 4854, FAILED connect_refused proxy",
    "false, 0500 0501, FAILED connect_refused proxy",
    "false, 0500 0502, FAILED connect_refused destination",
    "false, 0500 0503, FAILED network_unreachable destination",
    "false, 0500 0504, FAILED host_unreachable destination",
    "false, 0500 0505, FAILED connect_refused destination",
    "false, 0500 0506, FAILED connect_timeout destination",
    "false, 0500 0507, FAILED connect_refused proxy",
    "false, 0500 05ff, FAILED connect_refused proxy",
    "false, 0500 05000009, WAIT",
    "false, 0500 0500000900, FAILED connect_refused proxy",
  })
  void aSocksProxyAnswers(boolean login, String hex, String outcome) {
    for (boolean slowly : new boolean[] {false, true}) {
      HopTalk talk = talk(ProxyHop.Kind.SOCKS5, login ? ALICE : Optional.empty(), TO);
      ByteBuf answer = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex.replace(" ", "")));
      assertThat(outcome(talk, answer, slowly))
          .isEqualTo(outcome.equals("OPEN left") ? "OPEN left " : outcome);
    }
  }

  @Test
  void namesGoOutUnresolvedAndAddressesAsAddresses() {
    ByteBuf out = Unpooled.buffer();
    HopTalk named = talk(ProxyHop.Kind.SOCKS5, Optional.empty(), new HostPort("a.example", 80));
    named.read(Unpooled.wrappedBuffer(new byte[] {5, 0}), out);
    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0501000309612e6578616d706c650050");
    out.clear();
    HopTalk six = talk(ProxyHop.Kind.SOCKS5, Optional.empty(), new HostPort("2001:db8::1", 80));
    six.read(Unpooled.wrappedBuffer(new byte[] {5, 0}), out);
    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0501000420010db80000000000000000000000010050");
  }

  @Test
  void connectNamesTheDestinationTheLoginAndUs() {
    ByteBuf out = Unpooled.buffer();
    talk(ProxyHop.Kind.HTTP, ALICE, new HostPort("2001:db8::1", 443)).begin(out);
    assertThat(out.toString(StandardCharsets.US_ASCII))
        .isEqualTo(
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n"
                + "Proxy-Authorization: Basic YWxpY2U6czM6Y3IzdA==\r\nVia: 1.1 me\r\n\r\n");
  }

  @Test
  void aHeadWithoutEndIsGivenUp() {
    HopTalk talk = talk(ProxyHop.Kind.HTTP, Optional.empty(), TO);
    ByteBuf endless = Unpooled.buffer().writeBytes(new byte[ConnectTalk.HEAD_MAX + 1]);
    assertThat(talk.read(endless, Unpooled.buffer())).isEqualTo(HopTalk.Step.FAILED);
  }
}
