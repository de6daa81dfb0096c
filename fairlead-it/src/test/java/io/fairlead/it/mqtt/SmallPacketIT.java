package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that take very small packets only: nothing larger is sent to them, whatever it is. */
class SmallPacketIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** A CONNACK that says what may be received, how large, and no topic by number. */
  private static final int LEAST = 13;

  private final EmbeddedBroker broker =
      EmbeddedBroker.start("protocol: { response_prefix: \"resp/{clientid}/\" }\n", b -> b);
  private final List<Peer> peers = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Peer peer : peers) peer.close();
    broker.close();
  }

  private Peer open(EmbeddedBroker where) throws IOException {
    RawClient tcp = RawClient.connect(where.port(Transport.TCP)).timeout(SOON);
    Peer peer = new Peer(new Link.Plain(tcp), Version.V5);
    peers.add(peer);
    return peer;
  }

  private Peer open() throws IOException {
    return open(broker);
  }

  private static Connect takes(int bytes) {
    return Connect.of(Version.V5, "c")
        .props(Props.none().u32(Props.MAX_PACKET, bytes).u8(Props.REQUEST_RESPONSE, 1));
  }

  @Test
  void whatMayBeLeftOutIsLeftOutOfTheAnswerToConnect() throws Exception {
    Packet whole = open().connect(takes(1000));
    assertThat(whole.props().has(Props.RESPONSE_INFO)).isTrue();
    assertThat(whole.props().has(Props.ALIAS_MAXIMUM)).isTrue();

    Peer small = open();
    small.send(takes(LEAST).bytes());
    assertThat(small.hex(LEAST))
        .startsWith("20 0b 00 00 08 ")
        .contains("21 00 64", "27 00 10 00 00");
    small.ping();
  }

  @Test
  void whoDoesNotTakeWhatHasToBeSaidIsNotLetInAndItsSessionIsLeftAlone() throws Exception {
    Peer before = open();
    before.connect(Connect.of(Version.V5, "c").persistent());
    before.subscribe("t", 1);
    for (int most = 5; most < LEAST; most++) {
      Peer refused = open();
      refused.send(takes(most).bytes());
      assertThat(refused.hex(5)).as("of " + most).isEqualTo("20 03 00 83 00");
      refused.eof();
    }
    before.ping();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void whoTakesNoAnswerAtAllGetsNone(int most) throws Exception {
    open().send(takes(most).bytes()).eof();
    try (EmbeddedBroker guarded = EmbeddedBroker.start("anonymous: false\n", b -> b)) {
      open(guarded).send(takes(most).bytes()).eof();
    }
  }

  @Test
  void aRefusalIsSaidWhereItFits() throws Exception {
    try (EmbeddedBroker guarded = EmbeddedBroker.start("anonymous: false\n", b -> b)) {
      open(guarded).send(takes(5).bytes()).refused(0x87);
    }
  }

  @Test
  void anAnswerThatCannotBeShortenedEndsTheConnection() throws Exception {
    Peer small = open();
    small.send(takes(LEAST).bytes());
    small.hex(LEAST);
    Object[] fit = new Object[16];
    for (int i = 0; i < fit.length; i += 2) {
      fit[i] = "t/" + i;
      fit[i + 1] = 0;
    }
    small.send(Frames.subscribe(Version.V5, 1, fit)); // 2 + 2 + 1 + 8
    assertThat(small.next().type()).isEqualTo(Packet.SUBACK);
    Object[] more = new Object[18];
    for (int i = 0; i < more.length; i += 2) {
      more[i] = "u/" + i;
      more[i + 1] = 0;
    }
    small.send(Frames.subscribe(Version.V5, 2, more)).dropped(0x95);
  }
}
