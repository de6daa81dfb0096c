package io.fairlead.app.cli;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * {@code mqtt bench}: clients that each subscribe to a topic of their own and publish to it at a
 * steady pace. Every message carries its number and the time it was sent. One use.
 */
final class MqttBench {
  private static final int HEADER = 16;
  private static final int BUCKETS_PER_DOUBLING = 16;
  private static final int BUCKETS = 64 * BUCKETS_PER_DOUBLING;
  private static final Duration LAST_WAIT = Duration.ofSeconds(2);

  private final Call call;
  private final MqttTarget target;
  private final int clients;
  private final long rate;
  private final int size;
  private final int qos;
  private final Duration duration;
  private final Clock clock = Clock.system();
  private final LongAdder sent = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder duplicated = new LongAdder();
  private final LongAdder disordered = new LongAdder();
  private final AtomicLongArray latencies = new AtomicLongArray(BUCKETS);
  private volatile boolean over;

  MqttBench(Call call) throws CommandFailure {
    this.call = call;
    this.target = MqttTarget.of(call);
    this.clients = (int) number("--clients", 10, 10_000);
    this.rate = number("--rate", 1000, 10_000_000);
    this.size = Math.max(HEADER, (int) number("--size", 64, 1024 * 1024));
    this.qos = MqttTalk.qos(call, 1);
    this.duration = call.duration("--duration").orElse(Duration.ofSeconds(10));
  }

  private long number(String option, long absent, long most) throws CommandFailure {
    String text = call.value(option).orElse(Long.toString(absent));
    if (!text.matches("[1-9][0-9]{0,8}") || Long.parseLong(text) > most) {
      throw CommandFailure.usage(option + ": `" + text + "`", "write a number up to " + most);
    }
    return Long.parseLong(text);
  }

  int run() throws CommandFailure, IOException, InterruptedException {
    List<MqttLink> links = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    try {
      for (int i = 0; i < clients; i++) links.add(join(i));
      long startNanos = clock.nanos();
      for (int i = 0; i < clients; i++) {
        MqttLink link = links.get(i);
        byte[] topic = topic(i);
        Semaphore window =
            new Semaphore((int) link.agreed().number(PropertyId.RECEIVE_MAXIMUM, 65_535));
        threads.add(Thread.ofVirtual().start(() -> receive(link, window)));
        threads.add(Thread.ofVirtual().start(() -> publish(link, topic, startNanos, window)));
      }
      while (clock.nanos() - startNanos < duration.toNanos()) {
        Pause.system().sleep(Duration.ofSeconds(1));
        call.terminal()
            .say("sent " + sent.sum() + ", received " + received.sum() + " of " + target.shown());
      }
      over = true;
      long deadline = clock.nanos() + LAST_WAIT.toNanos();
      while (received.sum() < sent.sum() && clock.nanos() - deadline < 0) {
        Pause.system().sleep(Duration.ofMillis(20));
      }
    } finally {
      over = true;
      for (MqttLink link : links) link.close();
    }
    report();
    return received.sum() < sent.sum() && qos > 0 ? Exit.FAILURE : Exit.OK;
  }

  private MqttLink join(int index) throws CommandFailure, IOException {
    MqttLink link = target.open("bench-" + ProcessHandle.current().pid() + "-" + index);
    String filter = new String(topic(index), StandardCharsets.UTF_8);
    var _ = // nobody else publishes there
        MqttTalk.subscribe(link, filter, qos, target.timeout());
    return link;
  }

  private static byte[] topic(int index) {
    return ("bench/" + ProcessHandle.current().pid() + "/" + index)
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * @param window messages that the broker takes without having answered them
   */
  private void publish(MqttLink link, byte[] topic, long startNanos, Semaphore window) {
    long number = 0;
    double gapNanos = 1e9 * clients / rate;
    try {
      while (!over && clock.nanos() - startNanos < duration.toNanos()) {
        long due = startNanos + (long) (number * gapNanos);
        long wait = due - clock.nanos();
        if (wait > 0) Pause.system().sleep(Duration.ofNanos(wait));
        if (qos > 0) window.acquire();
        byte[] payload = new byte[size];
        ByteBuffer.wrap(payload).putLong(number++).putLong(clock.nanos());
        int id = qos == 0 ? 0 : link.nextId();
        link.send(new Packet.Publish(topic, payload, qos, false, false, id, Properties.EMPTY));
        sent.increment();
      }
    } catch (IOException ended) {
      // The connection is gone; what is missing is counted.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void receive(MqttLink link, Semaphore window) {
    long expected = 0;
    try {
      while (true) {
        Packet packet = link.take(MqttTarget.pingEvery(link)).orElse(null);
        if (packet == null) link.send(Packet.PingReq.INSTANCE);
        if (packet instanceof Packet.Ack ack) answer(link, ack, window);
        if (!(packet instanceof Packet.Publish message)) continue;
        ByteBuffer header = ByteBuffer.wrap(message.payload());
        long number = header.getLong();
        latencies.incrementAndGet(bucket(Math.max(1, clock.nanos() - header.getLong())));
        received.increment();
        if (number < expected) (message.dup() ? duplicated : disordered).increment();
        expected = Math.max(expected, number + 1);
        if (message.qos() > 0) {
          PacketType type = message.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
          link.send(new Packet.Ack(type, message.packetId(), ReasonCode.SUCCESS));
        }
      }
    } catch (IOException ended) {
      // The end of the run, or of the connection; what is missing is counted.
    }
  }

  private static void answer(MqttLink link, Packet.Ack ack, Semaphore window) throws IOException {
    boolean done =
        switch (ack.type()) {
          case PUBACK, PUBCOMP -> true;
          case PUBREC -> ack.reason().error();
          default -> false;
        };
    if (done) {
      window.release();
      return;
    }
    PacketType next =
        switch (ack.type()) {
          case PUBREC -> PacketType.PUBREL;
          case PUBREL -> PacketType.PUBCOMP;
          default -> null;
        };
    if (next != null) link.send(new Packet.Ack(next, ack.packetId(), ReasonCode.SUCCESS));
  }

  /** Sixteen buckets for each doubling: a value is off by 6 % at most. */
  private static int bucket(long nanos) {
    int doubling = 63 - Long.numberOfLeadingZeros(nanos);
    int within = doubling < 4 ? 0 : (int) (nanos >>> doubling - 4) & BUCKETS_PER_DOUBLING - 1;
    return doubling * BUCKETS_PER_DOUBLING + within;
  }

  private double quantileMillis(double share) {
    long total = received.sum();
    long wanted = Math.max(1, (long) Math.ceil(total * share));
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += latencies.get(i);
      if (seen >= wanted) {
        int doubling = i / BUCKETS_PER_DOUBLING;
        int within = i % BUCKETS_PER_DOUBLING;
        double nanos = Math.pow(2, doubling) * (1 + (within + 1.0) / BUCKETS_PER_DOUBLING);
        return nanos / 1e6;
      }
    }
    return 0;
  }

  private void report() throws CommandFailure {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("schema", "fairlead.mqtt.bench/1");
    report.put("clients", (long) clients);
    report.put("sent", sent.sum());
    report.put("received", received.sum());
    report.put("lost", Math.max(0, sent.sum() - received.sum()));
    report.put("duplicated", duplicated.sum());
    report.put("out_of_order", disordered.sum());
    for (double share : new double[] {0.5, 0.9, 0.99, 0.999, 1}) {
      String name = share == 1 ? "max_ms" : "p" + String.valueOf(share * 100).replace(".0", "");
      report.put(
          share == 1 ? name : name + "_ms",
          Double.parseDouble(String.format(Locale.ROOT, "%.3f", quantileMillis(share))));
    }
    if (call.json()) {
      call.terminal().data(Json.print(report));
    } else {
      report.remove("schema");
      report.forEach((name, value) -> call.terminal().data(name + "  " + value));
    }
  }
}
