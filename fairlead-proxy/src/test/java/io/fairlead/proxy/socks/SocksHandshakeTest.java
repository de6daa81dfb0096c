package io.fairlead.proxy.socks;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Destination.HostPort;
import io.fairlead.core.dial.DialException;
import io.fairlead.proxy.codec.SocksDecoder;
import io.fairlead.proxy.forward.Refusal;
import io.fairlead.proxy.forward.Refusal.Kind;
import io.fairlead.proxy.socks.SocksHandshake.Rules;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocksHandshakeTest {
  private static final Rules OPEN = new Rules(true, false, false, false, false, false);
  private static final Rules WITH_AUTH = new Rules(true, true, false, false, false, false);
  private static final InetSocketAddress LOCAL = new InetSocketAddress("192.0.2.9", 4660);

  /** A client's bytes on one side, the machine on the other; everything that came out as text. */
  private static final class Conversation {
    final SocksHandshake machine;
    final ByteBuf in = Unpooled.buffer();
    final List<String> out = new ArrayList<>();

    Conversation(SocksHandshake machine) {
      this.machine = machine;
    }

    static Conversation version5(Rules rules) {
      return new Conversation(SocksHandshake.version5(rules));
    }

    static Conversation version4(Rules rules) {
      return new Conversation(SocksHandshake.version4(rules));
    }

    Conversation says(String hex) {
      in.writeBytes(HexFormat.of().parseHex(hex.replace(" ", "")));
      drain();
      return this;
    }

    Conversation saysByteByByte(String hex) {
      for (byte b : HexFormat.of().parseHex(hex.replace(" ", ""))) {
        in.writeByte(b);
        drain();
      }
      return this;
    }

    Conversation hears(SocksInput input) {
      machine.accept(input, 0, this::note);
      drain();
      return this;
    }

    private void drain() {
      while (machine.expected().isPresent()) {
        var message = SocksDecoder.decode(machine.expected().get(), in);
        if (message.isEmpty()) return;
        machine.accept(new SocksInput.Received(message.get()), 0, this::note);
      }
    }

    private void note(SocksEffect effect) {
      out.add(
          switch (effect) {
            case SocksEffect.Send send -> {
              ByteBuf bytes = Unpooled.buffer();
              send.reply().writeTo(bytes);
              yield ByteBufUtil.hexDump(bytes);
            }
            case SocksEffect.Authenticate(String user, var password) ->
                "auth " + user + ":" + password.reveal();
            case SocksEffect.AuthenticateUserid(String user) -> "userid " + user;
            case SocksEffect.OpenFlow(HostPort to) -> "open " + to;
            case SocksEffect.Associate(var asked) ->
                "associate "
                    + asked.address().map(a -> a.getHostAddress()).orElse("any")
                    + " "
                    + asked.port();
            case SocksEffect.Listen(var asked) ->
                "listen " + asked.from().orElse("any") + " " + asked.port();
            case SocksEffect.Join _ -> "join";
            case SocksEffect.Rejected(Refusal refusal) -> "rejected " + refusal.kind();
            case SocksEffect.CloseAfterFlush _ -> "flush+close";
            case SocksEffect.Tarpit _ -> "tarpit";
            case SocksEffect.Close _ -> "close";
          });
    }
  }

  private static final String CONNECT_V4 = "05 01 00 01 c6336401 01bb";
  private static final String LOGIN = "01 05 616c696365 06 733363723374";

  private static final Rules ALL_COMMANDS = new Rules(true, false, false, true, true, true);

  @ParameterizedTest
  @CsvSource({
    "05 03 00 01 00000000 0000, associate any 0",
    "05 03 00 01 c6336401 1234, associate 198.51.100.1 4660",
    "05 03 00 04 00000000000000000000000000000000 0000, associate any 0",
    "05 03 00 03 01 61 0000, associate any 0", // a name says nothing about a source
    "05 02 00 01 c6336401 0050, listen 198.51.100.1 80",
    "05 02 00 01 00000000 0000, listen any 0",
    "05 02 00 03 0b 6578616d706c652e6f7267 0050, listen example.org 80",
  })
  void datagramsAndWaitingAreAskedForWhereTheyAreEnabled(String request, String effect) {
    var c = Conversation.version5(ALL_COMMANDS).says("05 01 00").says(request);
    assertThat(c.out).containsExactly("0500", effect);
    assertThat(c.machine.expected()).isEmpty();
  }

  @Test
  void anAssociationIsAnsweredWithItsRelayEvenWhereTheEgressIsHidden() {
    var c = Conversation.version5(ALL_COMMANDS).says("05 01 00").says("05 03 00 01 00000000 0000");
    c.hears(new SocksInput.Associated(LOCAL)).hears(new SocksInput.TimedOut());
    assertThat(c.out).containsExactly("0500", "associate any 0", "05000001c00002091234");
  }

  @Test
  void waitingIsAnsweredTwice() {
    var c = Conversation.version5(ALL_COMMANDS).says("05 01 00").says("05 02 00 01 c6336401 0050");
    c.hears(new SocksInput.Listening(LOCAL)).hears(new SocksInput.Opened(Optional.of(LOCAL)));
    assertThat(c.out)
        .containsExactly(
            "0500",
            "listen 198.51.100.1 80",
            "05000001c00002091234",
            "05000001c00002091234",
            "join");
  }

  @ParameterizedTest
  @CsvSource({"05 03 00 01 00000000 0000, false", "05 02 00 01 00000000 0000, true"})
  void whatCannotBeSetUpIsRefused(String request, boolean listening) {
    var c = Conversation.version5(ALL_COMMANDS).says("05 01 00").says(request);
    if (listening) c.hears(new SocksInput.Listening(LOCAL));
    c.hears(new SocksInput.OpenRefused(Refusal.of(Refusal.Kind.CONNECT_TIMEOUT, "late")));
    assertThat(c.out).endsWith("05040001000000000000", "flush+close");
  }

  @Test
  void version5WithoutAuthOpensAndJoins() {
    var c = Conversation.version5(OPEN).says("05 01 00").says(CONNECT_V4);
    c.hears(new SocksInput.Opened(Optional.of(LOCAL)));
    assertThat(c.out)
        .containsExactly("0500", "open 198.51.100.1:443", "05000001c00002091234", "join");
  }

  @Test
  void pipelinedGreetingAuthAndRequestAreHandledInOrder() {
    var c = Conversation.version5(WITH_AUTH).says("05 01 02" + LOGIN + CONNECT_V4 + "abcdef");
    assertThat(c.out).containsExactly("0502", "auth alice:s3cr3t");
    c.hears(new SocksInput.Authenticated("alice"));
    assertThat(c.out).endsWith("0100", "open 198.51.100.1:443");
    c.hears(new SocksInput.Opened(Optional.of(LOCAL)));
    assertThat(c.out).endsWith("join");
    assertThat(ByteBufUtil.hexDump(c.in)).as("early data stays").isEqualTo("abcdef");
  }

  @Test
  void oneByteAtATimeGivesTheSameConversation() {
    var c = Conversation.version5(WITH_AUTH).saysByteByByte("05 02 00 02" + LOGIN);
    c.hears(new SocksInput.Authenticated("alice"));
    c.saysByteByByte("05 01 00 03 0b 6578616d706c652e636f6d 0050");
    c.hears(new SocksInput.Opened(Optional.of(LOCAL)));
    assertThat(c.out)
        .containsExactly(
            "0502",
            "auth alice:s3cr3t",
            "0100",
            "open example.com:80",
            "05000001c00002091234",
            "join");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // greeting, auth configured, answer
        "05 01 00, false, 0500",
        "05 02 00 02, false, 0500",
        "05 02 00 02, true, 0502",
        "05 01 02, true, 0502",
        "05 00, false, 05ff",
        "05 00, true, 05ff",
        "05 01 02, false, 05ff",
        "05 01 00, true, 05ff",
        "05 01 01, false, 05ff",
        "05 01 01, true, 05ff",
        "05 02 03 80, true, 05ff",
      })
  void neverAnswersAMethodThatWasNotOffered(String greeting, boolean auth, String answer) {
    var c = Conversation.version5(auth ? WITH_AUTH : OPEN).says(greeting);
    assertThat(c.out).contains(answer);
    if (answer.equals("05ff")) assertThat(c.out).endsWith("05ff", "flush+close");
  }

  @Test
  void aModeThatIsNotListedIsAnsweredAndClosed() {
    Rules off = new Rules(false, false, false, false, false, false);
    assertThat(Conversation.version5(off).says("05 01 00").out)
        .containsExactly("rejected MODE_DISABLED", "05ff", "flush+close");
    assertThat(Conversation.version4(off).says("04 01 0050 c6336401 00").out)
        .containsExactly("rejected MODE_DISABLED", "005b000000000000", "flush+close");
  }

  @ParameterizedTest
  @ValueSource(strings = {"01 00 01 61", "01 01 61 00", "05 01 61 01 61", "00"})
  void badLoginMessagesFailTheLogin(String login) {
    var c = Conversation.version5(WITH_AUTH).says("05 01 02").says(login);
    assertThat(c.out).containsExactly("0502", "rejected MALFORMED", "0101", "flush+close");
    assertThat(c.machine.expected()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"AUTH_FAILED", "NOT_ENTITLED"})
  void aRefusedLoginIsStatusOne(Kind kind) {
    var c = Conversation.version5(WITH_AUTH).says("05 01 02").says(LOGIN);
    c.hears(new SocksInput.AuthRefused(Refusal.of(kind, "no")));
    assertThat(c.out).endsWith("rejected " + kind, "0101", "flush+close");
  }

  @Test
  void aThrottledLoginIsHeldWithoutAnAnswer() {
    var c = Conversation.version5(WITH_AUTH).says("05 01 02").says(LOGIN);
    c.hears(new SocksInput.AuthRefused(Refusal.of(Kind.THROTTLED, "slow down")));
    assertThat(c.out).endsWith("rejected THROTTLED", "tarpit");
  }

  @ParameterizedTest
  @CsvSource({
    "05 01 00 02 c6336401 01bb, 08", // unknown address types
    "05 01 00 00 c6336401 01bb, 08",
    "05 01 00 ff, 08",
    "05 01 01 01 c6336401 01bb, 01", // reserved byte
    "04 01 00 01 c6336401 01bb, 01", // version
    "05 01 00 03 00 01bb, 01", // empty name
    "05 01 00 03 03 612062 01bb, 01", // "a b"
    "05 01 00 03 03 612f62 01bb, 01", // "a/b"
    "05 01 00 03 03 610062 01bb, 01", // NUL
    "05 01 00 03 02 c328 01bb, 01", // bad UTF-8
    "05 01 00 01 c6336401 0000, 01", // port 0
    "05 02 00 01 00000000 0000, 07", // BIND
    "05 03 00 01 00000000 0000, 07", // UDP ASSOCIATE
    "05 00 00 01 c6336401 01bb, 07",
    "05 04 00 01 c6336401 01bb, 07",
    "05 ff 00 04 00000000000000000000000000000000 01bb, 07",
  })
  void badRequestsGetTheirCode(String request, String code) {
    var c = Conversation.version5(OPEN).says("05 01 00").says(request);
    assertThat(c.out).endsWith("05" + code + "0001000000000000", "flush+close");
    assertThat(c.machine.expected()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "05 01 00 01 c6336401 01bb, 198.51.100.1:443",
    "05 01 00 04 20010db8000000000000000000000001 01bb, [2001:db8::1]:443",
    "05 01 00 03 0b 4578616d706c652e434f4d 0050, example.com:80",
    "05 01 00 03 0a 3139322e302e322e3737 0050, 192.0.2.77:80", // a literal in a name
    "05 01 00 03 03 3a3a31 0050, [::1]:80",
    "05 01 00 03 0a 62c3bc636865722e6465 0050, xn--bcher-kva.de:80",
  })
  void everyAddressTypeBecomesADestination(String request, String destination) {
    var c = Conversation.version5(OPEN).says("05 01 00").says(request);
    assertThat(c.out).containsExactly("0500", "open " + destination);
  }

  private static final HostPort TO = new Destination.HostPort("h", 1);

  private static DialException failure(String name) {
    return switch (name) {
      case "refused" -> new DialException.Refused(TO, "x");
      case "network" -> new DialException.Unreachable(TO, true, "x");
      case "host" -> new DialException.Unreachable(TO, false, "x");
      case "timeout" -> new DialException.TimedOut(TO, "x");
      case "dns" -> new DialException.Unresolved(TO, "x");
      case "forbidden" -> new DialException.Forbidden(TO, "x", "fix");
      case "tls" -> new DialException.Insecure(TO, "x");
      case "exhausted" -> new DialException.Exhausted(TO, "x");
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "refused, 05",
    "network, 03",
    "host, 04",
    "timeout, 04",
    "dns, 04",
    "forbidden, 02",
    "tls, 01",
    "exhausted, 01"
  })
  void dialFailuresMapToReplies(String failure, String code) {
    var five = Conversation.version5(OPEN).says("05 01 00").says(CONNECT_V4);
    five.hears(new SocksInput.OpenRefused(Refusal.of(failure(failure))));
    assertThat(five.out).endsWith("05" + code + "0001000000000000", "flush+close");

    var four = Conversation.version4(OPEN).says("04 01 0050 c6336401 00");
    four.hears(new SocksInput.OpenRefused(Refusal.of(failure(failure))));
    assertThat(four.out).endsWith("005b000000000000", "flush+close");
  }

  @ParameterizedTest
  @CsvSource({
    "NOT_ENTITLED, 02",
    "ACL_DENIED, 02",
    "DESTINATION_DENIED, 02",
    "USER_CONNECTIONS, 01",
    "INTERNAL, 01"
  })
  void ourOwnRefusalsMapToReplies(Kind kind, String code) {
    var c = Conversation.version5(OPEN).says("05 01 00").says(CONNECT_V4);
    c.hears(new SocksInput.OpenRefused(Refusal.of(kind, "no")));
    assertThat(c.out).endsWith("rejected " + kind, "05" + code + "0001000000000000", "flush+close");
  }

  @Test
  void theBoundAddressIsIpv6WhenTheSocketIs() {
    var c = Conversation.version5(OPEN).says("05 01 00").says(CONNECT_V4);
    c.hears(new SocksInput.Opened(Optional.of(new InetSocketAddress("2001:db8::7", 258))));
    assertThat(c.out).contains("05000004" + "20010db8000000000000000000000007" + "0102");
  }

  @Test
  void theEgressAddressCanBeHidden() {
    Rules hidden = new Rules(true, false, false, true, false, false);
    var five = Conversation.version5(hidden).says("05 01 00").says(CONNECT_V4);
    five.hears(new SocksInput.Opened(Optional.of(LOCAL)));
    assertThat(five.out).contains("05000001000000000000");
    var four = Conversation.version4(hidden).says("04 01 0050 c6336401 00");
    four.hears(new SocksInput.Opened(Optional.of(LOCAL)));
    assertThat(four.out).contains("005a000000000000");
  }

  @ParameterizedTest
  @CsvSource({
    "04 01 0050 c6336401 00, 198.51.100.1:80",
    "04 01 0050 c6336401 626f6200, 198.51.100.1:80",
    "04 01 01bb 00000001 00 6578616d706c652e636f6d 00, example.com:443",
    "04 01 01bb 000000ff 626f6200 4578616d706c652e636f6d 00, example.com:443",
  })
  void version4OpensByAddressAndByName(String request, String destination) {
    for (boolean slowly : new boolean[] {false, true}) {
      var c = Conversation.version4(OPEN);
      c = slowly ? c.saysByteByByte(request) : c.says(request);
      assertThat(c.out).containsExactly("open " + destination);
      c.hears(new SocksInput.Opened(Optional.of(LOCAL)));
      assertThat(c.out).endsWith("005a1234c0000209", "join");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "04 02 0050 c6336401 00, COMMAND_UNSUPPORTED", // BIND
    "04 09 0050 c6336401 00, COMMAND_UNSUPPORTED",
    "04 01 0000 c6336401 00, MALFORMED", // port 0
    "04 01 0050 00000001 00 00, MALFORMED", // 4a with an empty name
    "04 01 0050 00000001 00 612062 00, MALFORMED",
  })
  void version4RejectsWhatItCannotDo(String request, Kind kind) {
    assertThat(Conversation.version4(OPEN).says(request).out)
        .containsExactly("rejected " + kind, "005b000000000000", "flush+close");
  }

  @Test
  void version4TextsLongerThan255BytesEndTheConnection() {
    String text255 = HexFormat.of().formatHex("a".repeat(255).getBytes(StandardCharsets.US_ASCII));
    assertThat(Conversation.version4(OPEN).says("04 01 0050 c6336401" + text255 + "00").out)
        .containsExactly("open 198.51.100.1:80");
    assertThat(Conversation.version4(OPEN).says("04 01 0050 c6336401" + text255 + "61").out)
        .containsExactly("rejected MALFORMED", "close");
    assertThat(Conversation.version4(OPEN).says("04 01 0050 00000001 00" + text255 + "61").out)
        .containsExactly("rejected MALFORMED", "close");
  }

  @Test
  void version4NeedsTheUseridRuleWhenAccountsExist() {
    assertThat(Conversation.version4(WITH_AUTH).says("04 01 0050 c6336401 626f6200").out)
        .containsExactly("rejected AUTH_REQUIRED", "005b000000000000", "flush+close");

    Rules userid = new Rules(true, true, true, false, false, false);
    var good = Conversation.version4(userid).says("04 01 0050 c6336401 626f6200");
    assertThat(good.out).containsExactly("userid bob");
    good.hears(new SocksInput.Authenticated("bob"));
    assertThat(good.out).endsWith("open 198.51.100.1:80");

    var bad = Conversation.version4(userid).says("04 01 0050 c6336401 626f6200");
    bad.hears(new SocksInput.AuthRefused(Refusal.of(Kind.AUTH_FAILED, "no")));
    assertThat(bad.out).endsWith("rejected AUTH_FAILED", "005b000000000000", "flush+close");
  }

  @Test
  void aSlowClientGetsTheErrorOfItsStep() {
    assertThat(Conversation.version5(OPEN).says("05 05").hears(new SocksInput.TimedOut()).out)
        .containsExactly("rejected MALFORMED", "close");
    assertThat(
            Conversation.version5(WITH_AUTH).says("05 01 02").hears(new SocksInput.TimedOut()).out)
        .endsWith("0101", "flush+close");
    assertThat(Conversation.version5(OPEN).says("05 01 00").hears(new SocksInput.TimedOut()).out)
        .endsWith("05010001000000000000", "flush+close");
    assertThat(Conversation.version4(OPEN).says("04").hears(new SocksInput.TimedOut()).out)
        .endsWith("005b000000000000", "flush+close");
  }

  @Test
  void answersThatComeAfterTheClientLeftChangeNothing() {
    var c = Conversation.version5(WITH_AUTH).says("05 01 02").says(LOGIN);
    c.hears(new SocksInput.PeerGone());
    assertThat(c.out).endsWith("close");
    int before = c.out.size();
    c.hears(new SocksInput.Authenticated("alice"));
    c.hears(new SocksInput.AuthRefused(Refusal.of(Kind.AUTH_FAILED, "no")));
    c.hears(new SocksInput.OpenRefused(Refusal.of(Kind.DNS_ERROR, "no")));
    c.hears(new SocksInput.TimedOut());
    assertThat(c.out).hasSize(before);
  }
}
