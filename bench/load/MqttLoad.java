import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A load generator for MQTT 3.1.1 brokers: one thread, one selector, its own few bytes of protocol.
 * Every payload carries its publisher, its number and when it was made, so that what is lost,
 * doubled or out of order is seen, not assumed.
 *
 * <p>Writes lines for a script: {@code begin} and {@code end} around what is measured, then {@code
 * result name=value …}.
 */
final class MqttLoad {
  private static final int HEADER = 20;
  private static final int BATCH = 16;
  private static final int OUT = 64 * 1024;
  private static final int ACKS = 4 * 1024 * 1024; // what a broker that is busy does not read yet
  private static final long DRAIN_NANOS = 20_000_000_000L;
  private static final long DRAIN_DROPPABLE_NANOS = 8_000_000_000L; // QoS 0: nobody promised it

  private final Map<String, String> options;
  private final int port;
  private final String shape;
  private final int qos;
  private final int size;
  private final long rate;
  private final int window; // of messages that a publisher has unacknowledged
  private final long warmNanos;
  private final long measureNanos;
  private final Selector selector = Selector.open();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final long[] latencies = new long[64 * 16];
  private final long[] answers = new long[64 * 16]; // from a publisher's write to what ends it
  private int ready;
  private boolean measuring;
  private long sentAll;
  private long gotAll;
  private long sent;
  private long got;
  private long doubled;
  private long disordered;
  private long startNanos;

  private MqttLoad(Map<String, String> options) throws IOException {
    this.options = options;
    this.port = number("port", 1883);
    this.shape = options.getOrDefault("shape", "pairs");
    this.qos = number("qos", 0);
    this.size = Math.max(HEADER, number("size", 64));
    this.rate = number("rate", 0);
    this.window = number("window", 64);
    this.warmNanos = number("warm-up", 3) * 1_000_000_000L;
    this.measureNanos = number("seconds", 5) * 1_000_000_000L;
  }

  private int number(String name, int absent) {
    return Integer.parseInt(options.getOrDefault(name, Integer.toString(absent)));
  }

  /** One connection: bytes in, bytes out. */
  private abstract class Link {
    final SocketChannel channel;
    final SelectionKey key;
    final ByteBuffer in = ByteBuffer.allocate(shape.equals("idle") ? 256 : 256 * 1024);
    final ByteBuffer out;
    boolean writing;

    Link(String id, int room) throws IOException {
      out = ByteBuffer.allocate(room);
      channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      key = channel.register(selector, SelectionKey.OP_READ, this);
      byte[] name = id.getBytes(StandardCharsets.US_ASCII);
      out.put((byte) 0x10).put((byte) (12 + name.length));
      int flags = lasting() ? 0 : 2; // clean session, or one that outlives the connection
      out.putShort((short) 4).put(new byte[] {'M', 'Q', 'T', 'T', 4, (byte) flags});
      out.putShort((short) 0);
      out.putShort((short) name.length).put(name);
      flush();
    }

    void readable() throws IOException {
      while (true) {
        int count = channel.read(in);
        if (count < 0) throw new IOException("the broker closed a connection");
        if (count == 0) break;
        in.flip();
        while (frame()) {}
        in.compact();
        if (in.hasRemaining()) break; // the rest at the next turn of the selector
      }
      if (deaf()) key.interestOps(0);
      flush();
    }

    private boolean frame() throws IOException {
      int start = in.position();
      if (in.remaining() < 2) return false;
      int length = 0;
      int at = start + 1;
      for (int shift = 0; ; shift += 7) {
        if (at >= in.limit()) return false;
        int digit = in.get(at++);
        length |= (digit & 0x7f) << shift;
        if (digit >= 0) break;
      }
      if (in.limit() - at < length) return false;
      int first = in.get(start) & 0xff;
      in.position(at);
      packet(first, at, length);
      in.position(at + length);
      return true;
    }

    /** Whether the broker is to keep its session. */
    boolean lasting() {
      return false;
    }

    abstract void packet(int first, int at, int length) throws IOException;

    boolean room(int bytes) {
      return out.remaining() >= bytes;
    }

    void ack(int type, int id) throws IOException {
      if (!room(4)) flush();
      if (!room(4)) throw new IOException("the broker does not read acknowledgements");
      out.put((byte) type).put((byte) 2).putShort((short) id);
    }

    /** Reads nothing from here on. */
    boolean deaf() {
      return false;
    }

    void flush() throws IOException {
      out.flip();
      if (out.hasRemaining()) channel.write(out);
      boolean left = out.hasRemaining();
      out.compact();
      if (left != writing) {
        writing = left;
        key.interestOps((deaf() ? 0 : SelectionKey.OP_READ) | (left ? SelectionKey.OP_WRITE : 0));
      }
    }
  }

  /** Sends, and counts what is acknowledged. */
  private final class Publisher extends Link {
    private final int index;
    private final byte[] topic;
    private final byte[] payload = new byte[size];
    private long number;
    private int unacknowledged;
    private final long[] putNanos = new long[qos == 0 ? 0 : 0x10000]; // by packet id
    private int id;
    private double owed;

    Publisher(int index, String topic) throws IOException {
      super("pub-" + index + "-" + ProcessHandle.current().pid(), OUT);
      this.index = index;
      this.topic = topic.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    void packet(int first, int at, int length) throws IOException {
      switch (first >> 4) {
        case 2 -> ready++;
        case 4, 7 -> {
          unacknowledged--;
          if (measuring) {
            long took = System.nanoTime() - putNanos[in.getShort(at) & 0xffff];
            answers[bucket(Math.max(1, took))]++;
          }
        }
        case 5 -> ack(0x62, in.getShort(at) & 0xffff);
        default -> throw new IOException("a publisher got packet " + (first >> 4));
      }
    }

    /** As many as the window and the buffers allow, a batch for each write. */
    void saturate(long nowNanos) throws IOException {
      if (writing) return;
      for (int i = 0; i < BATCH && (qos == 0 || unacknowledged < window); i++) {
        if (!room(topic.length + size + 16)) break;
        put(nowNanos);
      }
      flush();
    }

    /** One packet for each write, so many as are due. */
    void pace(double more) throws IOException {
      owed += more;
      while (owed >= 1 && !writing && room(topic.length + size + 16)) {
        owed--;
        put(System.nanoTime());
        flush();
      }
    }

    private void put(long nowNanos) {
      int length = 2 + topic.length + (qos > 0 ? 2 : 0) + size;
      out.put((byte) (0x30 | qos << 1));
      for (int rest = length; ; ) {
        int digit = rest & 0x7f;
        rest >>>= 7;
        out.put((byte) (rest > 0 ? digit | 0x80 : digit));
        if (rest == 0) break;
      }
      out.putShort((short) topic.length).put(topic);
      if (qos > 0) {
        id = id % 0xffff + 1;
        out.putShort((short) id);
        putNanos[id] = nowNanos;
        unacknowledged++;
      }
      ByteBuffer.wrap(payload).putInt(index).putLong(number++).putLong(nowNanos);
      out.put(payload);
      sentAll++;
      if (measuring) sent++;
    }
  }

  /** Takes, and answers what it must. */
  private final class Subscriber extends Link {
    private final byte[] filter;
    private final boolean stalls;
    private boolean subscribed;
    private final Map<Integer, Long> next = new HashMap<>();
    private final boolean ordered = !shape.equals("shared");

    Subscriber(int index, String filter) throws IOException {
      super("sub-" + index + "-" + ProcessHandle.current().pid(), subscribersRoom());
      this.filter = filter.getBytes(StandardCharsets.US_ASCII);
      this.stalls = index < number("stalled", 0);
    }

    @Override
    boolean deaf() {
      return stalls && subscribed;
    }

    @Override
    boolean lasting() {
      return number("lasting", 0) == 1;
    }

    @Override
    void packet(int first, int at, int length) throws IOException {
      switch (first >> 4) {
        case 2 -> {
          out.put((byte) 0x82).put((byte) (5 + filter.length)).putShort((short) 1);
          out.putShort((short) filter.length).put(filter).put((byte) qos);
        }
        case 3 -> message(first, at);
        case 6 -> ack(0x70, in.getShort(at) & 0xffff);
        case 9 -> {
          ready++;
          subscribed = true;
        }
        default -> throw new IOException("a subscriber got packet " + (first >> 4));
      }
    }

    private void message(int first, int at) throws IOException {
      int topic = in.getShort(at) & 0xffff;
      int body = at + 2 + topic;
      int delivered = first >> 1 & 3;
      if (delivered > 0) {
        ack(delivered == 1 ? 0x40 : 0x50, in.getShort(body) & 0xffff);
        body += 2;
      }
      int publisher = in.getInt(body);
      long count = in.getLong(body + 4);
      gotAll++;
      long expected = next.getOrDefault(publisher, 0L);
      if (count < expected) {
        if ((first & 8) != 0) doubled++;
        else if (ordered) disordered++;
      }
      next.put(publisher, Math.max(expected, count + 1));
      if (!measuring) return;
      got++;
      latencies[bucket(Math.max(1, System.nanoTime() - in.getLong(body + 12)))]++;
    }
  }

  /** One for all has many to acknowledge; many have few each. */
  private int subscribersRoom() {
    return shape.equals("fanin") ? ACKS : OUT;
  }

  private static int bucket(long nanos) {
    int doubling = 63 - Long.numberOfLeadingZeros(nanos);
    int within = doubling < 4 ? 0 : (int) (nanos >>> doubling - 4) & 15;
    return doubling * 16 + within;
  }

  private static double quantile(long[] times, double share) {
    long wanted = Math.max(1, (long) Math.ceil(Arrays.stream(times).sum() * share));
    long seen = 0;
    for (int i = 0; i < times.length; i++) {
      seen += times[i];
      if (seen >= wanted) return Math.pow(2, i / 16) * (1 + (i % 16 + 1) / 16.0) / 1e6;
    }
    return 0;
  }

  private void connect() throws IOException {
    int to = number("publishers", 20);
    int from = number("subscribers", 20);
    String base = "load/" + ProcessHandle.current().pid() + "/";
    for (int i = 0; i < from; i++) {
      subscribers.add(
          new Subscriber(
              i,
              switch (shape) {
                case "pairs" -> base + i;
                case "shared" -> "$share/group/" + base + "#";
                default -> base + "#";
              }));
      if (i % 50 == 49) settle(i + 1);
    }
    settle(from);
    for (int i = 0; i < to; i++) publishers.add(new Publisher(i, base + i));
    settle(from + to);
  }

  /** Waits for so many to be accepted and subscribed. */
  private void settle(int wanted) throws IOException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (ready < wanted) {
      if (System.nanoTime() - deadline > 0) throw new IOException("only " + ready + " connected");
      turn(100);
    }
  }

  private void turn(long millis) throws IOException {
    if (millis == 0) selector.selectNow();
    else selector.select(millis);
    for (SelectionKey each : selector.selectedKeys()) {
      Link link = (Link) each.attachment();
      if (each.isWritable()) link.flush();
      if (each.isReadable()) link.readable();
    }
    selector.selectedKeys().clear();
  }

  private void run() throws IOException {
    connect();
    startNanos = System.nanoTime();
    long last = startNanos;
    long measured = 0;
    while (true) {
      long now = System.nanoTime();
      if (!measuring && now - startNanos >= warmNanos) {
        measuring = true;
        measured = now;
        System.out.println("begin");
        System.out.flush();
      } else if (measuring && now - measured >= measureNanos) {
        break;
      }
      if (rate == 0) {
        for (Publisher each : publishers) each.saturate(now);
        turn(0);
      } else {
        double more = rate * ((now - last) / 1e9) / publishers.size();
        last = now;
        for (Publisher each : publishers) each.pace(more);
        turn(1);
      }
    }
    measuring = false;
    double seconds = (System.nanoTime() - measured) / 1e9;
    System.out.println("end");
    System.out.flush();
    drain();
    long lost = Math.max(0, sentAll * copies() - gotAll);
    System.out.printf(
        Locale.ROOT,
        "result delivered=%d seconds=%.3f sent=%d lost=%d doubled=%d disordered=%d p50=%.3f"
            + " p99=%.3f answer99=%.3f%n",
        got,
        seconds,
        sent,
        lost,
        doubled,
        disordered,
        quantile(latencies, 0.5),
        quantile(latencies, 0.99),
        quantile(answers, 0.99));
  }

  private long copies() {
    int reading = subscribers.size() - number("stalled", 0);
    return shape.equals("fanout") || shape.equals("fanin") ? reading : 1;
  }

  /** Takes what is on its way, until nothing came for a second. */
  private void drain() throws IOException {
    long deadline = System.nanoTime() + (qos == 0 ? DRAIN_DROPPABLE_NANOS : DRAIN_NANOS);
    long quiet = System.nanoTime();
    long before = gotAll;
    while (System.nanoTime() - deadline < 0 && gotAll < sentAll * copies()) {
      for (Publisher each : publishers) each.flush();
      turn(50);
      if (gotAll != before) {
        before = gotAll;
        quiet = System.nanoTime();
      } else if (System.nanoTime() - quiet > 3_000_000_000L) {
        break;
      }
    }
  }

  /** Connects so many that do nothing, says so, and waits for the end of the input. */
  private void idle() throws IOException {
    int wanted = number("subscribers", 1000);
    for (int i = 0; i < wanted; i++) {
      new Idle(i);
      if (i % 100 == 99) settle(i + 1);
    }
    settle(wanted);
    System.out.println("idle");
    System.out.flush();
    while (System.in.read() >= 0) {}
  }

  private final class Idle extends Link {
    Idle(int index) throws IOException {
      super("idle-" + index, 256);
    }

    @Override
    void packet(int first, int at, int length) {
      if (first >> 4 == 2) ready++;
    }
  }

  public static void main(String... words) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      options.put(word.substring(2, equals), word.substring(equals + 1));
    }
    MqttLoad load = new MqttLoad(options);
    if (load.shape.equals("idle")) load.idle();
    else load.run();
    System.exit(0);
  }
}
