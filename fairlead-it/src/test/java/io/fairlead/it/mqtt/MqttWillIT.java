package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The last message of a client that left without a word. */
class MqttWillIT {
  private static final Duration A_MOMENT = Duration.ofMillis(250);
  private static final Duration SOON = Duration.ofSeconds(30);

  private static Duration since(long nanos) {
    return Duration.ofNanos(Clock.system().nanos() - nanos);
  }

  @Statement(
      v3 = {"3.1.2-8", "3.1.2-10", "3.1.2-16", "3.1.2-14"},
      v5 = {"3.1.2-7", "3.1.2-8", "3.1.2-10", "3.1.2-14"})
  @OnBoth
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void aLostConnectionPublishesItsWillOnce(Lab lab) throws Exception {
    for (int qos = 0; qos < 3; qos++) {
      Peer watcher = lab.join("w").subscribe(lab.topic("will"), 2);
      lab.join(lab.client("c").will(lab.topic("will"), "gone", qos, false)).crash();

      Packet will = watcher.message("gone");
      assertThat(will.qos()).isEqualTo(qos);
      assertThat(will.retain()).isFalse();
      lab.join("c").disconnect();
      watcher.silent(A_MOMENT);
      lab.join("late").subscribe(lab.topic("will"), 0).ping();
    }
  }

  @Statement(
      v3 = {"3.1.2-9", "3.1.2-17"},
      v5 = {"3.1.2-9", "3.1.2-15"})
  @OnBoth
  void aRetainedWillIsRetained(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 1);
    lab.join(lab.client("c").will(lab.topic("will"), "gone", 1, true)).crash();
    watcher.message("gone");

    Packet kept = lab.join("late").subscribe(lab.topic("will"), 1).message("gone");
    assertThat(kept.retain()).isTrue();
    assertThat(kept.qos()).isEqualTo(1);
  }

  @Statement(
      v3 = {"3.14.4-3", "3.1.2-10"},
      v5 = {"3.14.4-3", "3.1.2-10"})
  @OnBoth
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void aDisconnectDropsTheWill(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 0);
    lab.join(lab.client("c").will(lab.topic("will"), "gone", 0, false)).disconnect();

    lab.join("p").publish(lab.topic("will"), "next", 0);
    watcher.message("next").topic();
    watcher.silent(A_MOMENT);
  }

  @Statement(v5 = {"3.14.4-3"})
  @OnV5
  void aDisconnectWithWillKeepsIt(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 0);
    Peer leaving = lab.join(lab.client("c").will(lab.topic("will"), "gone", 0, false));
    leaving.send("E0 01 04").eof();

    watcher.message("gone");
  }

  @Statement(v3 = {"3.1.2-12"})
  @OnV3
  void noWillNoMessage(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe("#", 0);
    lab.join("c").crash();

    // Other tests publish as well; what must not come is anything of this one.
    lab.join("p").publish(lab.topic("end"), "end", 0);
    Packet packet = watcher.message();
    while (!packet.topic().equals(lab.topic("end"))) {
      assertThat(packet.topic()).doesNotStartWith(lab.topic(""));
      packet = watcher.message();
    }
  }

  @Statement(
      v3 = {"3.1.3-1"},
      v5 = {"3.1.3-1"})
  @OnBoth
  void theFieldsOfAConnectHaveTheirOrder(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("#"), 0);
    lab.join(lab.client("c").will(lab.topic("t"), "m", 0, false).user("u").password("p")).crash();

    assertThat(watcher.message("m").topic()).isEqualTo(lab.topic("t"));
  }

  @Statement(
      v3 = {"3.1.2-8"},
      v5 = {"3.1.2-8"})
  @OnBoth
  void aFaultOfTheClientPublishesItsWill(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 0);
    lab.join(lab.client("c").will(lab.topic("will"), "gone", 0, false)).send("C1 00").dropped(0x81);

    watcher.message("gone");
  }

  @Statement(
      v3 = {"3.1.2-24"},
      v5 = {"3.1.2-22", "3.2.2-22"})
  @OnBoth
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void aSilentClientIsDroppedAfterOneAndAHalfKeepAlives(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 0);
    Connect connect = lab.client("c").keepAlive(1).will(lab.topic("will"), "gone", 0, false);
    Peer silent = lab.open();
    silent.link().tcp().timeout(SOON);
    long before = Clock.system().nanos();
    assertThat(silent.connect(connect).props().has(Props.SERVER_KEEP_ALIVE)).isFalse();

    silent.dropped(0x8D);
    // A busy machine is late; none is early.
    assertThat(since(before)).isBetween(Duration.ofMillis(1_500), SOON);
    watcher.message("gone");
  }

  @Statement(v5 = {"3.1.3-9"})
  @OnV5
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void aDelayedWillIsNotSentWhenTheClientComesBack(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 0);
    lab.join(delayed(lab, 1, 60)).crash();
    Peer back = lab.join(lab.client("c").persistent(60));
    back.ping();

    watcher.silent(Duration.ofMillis(1_300));
  }

  @Statement(v5 = {"3.1.2-8"})
  @OnV5
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void aDelayedWillIsSentAfterItsDelayOrWithTheSession(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 0);
    Peer lost = lab.join(delayed(lab, 1, 60));
    long before = Clock.system().nanos();
    lost.crash();
    watcher.message("gone");
    assertThat(since(before)).isBetween(Duration.ofSeconds(1), SOON);

    lab.join(delayed(lab, 60, 0)).crash();
    watcher.message("gone");
  }

  private static Connect delayed(Lab lab, int delaySeconds, int sessionSeconds) {
    return lab.client("c")
        .persistent(sessionSeconds)
        .willProps(Props.none().u32(Props.WILL_DELAY, delaySeconds))
        .will(lab.topic("will"), "gone", 0, false);
  }

  @Statement(v5 = {"3.1.3-10"})
  @OnV5
  void theWillsPropertiesArriveInOrder(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("will"), 0);
    Props props =
        Props.none()
            .user("b", "1")
            .user("a", "2")
            .str(Props.CONTENT_TYPE, "text")
            .user("b", "0")
            .bin(Props.CORRELATION, new byte[] {0, 1})
            .str(Props.RESPONSE_TOPIC, "r");
    lab.join(lab.client("c").willProps(props).will(lab.topic("will"), "gone", 0, false)).crash();

    Packet will = watcher.message("gone");
    assertThat(will.props().users()).containsExactly("b=1", "a=2", "b=0");
    assertThat(will.props().text(Props.CONTENT_TYPE)).isEqualTo("text");
    assertThat(will.props().text(Props.RESPONSE_TOPIC)).isEqualTo("r");
    assertThat(will.props().data(Props.CORRELATION)).containsExactly(0, 1);
  }
}
