import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.ServiceState;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.WsConnector;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What else is promised of subscriptions and calls, against a node of our own in this process: a
 * line for each, name and value. Server and client share the process's cores, so that times and
 * rates are those of both.
 */
final class PubSubBars {
  private static final int ITEM_BYTES = 872;
  private static final int MANY = 10_000;
  private static final int RECOVERED = 1_000;
  private static final int PER_SECOND = 10_000;

  public static void main(String[] args) throws Exception {
    int scale = args.length > 0 ? Integer.parseInt(args[0]) : 1;
    calls(100_000 * scale);
    latency(50_000 * scale);
    allocation(200_000 * scale);
    idle();
    recovery();
  }

  private static void say(String name, double value) {
    System.out.println("value " + name + " " + value);
  }

  private static PubSubFrontend connect(Node node) throws Exception {
    return PubSub.builder()
        .connector(WsConnector.of("ws://127.0.0.1:" + node.port()))
        .identity(ChainIdentity.UNASKED)
        .settings(ServiceSettings.DEFAULT.heads(false))
        .connect();
  }

  private static SubscribeRequest<JsonSlice> numbered(int number) {
    return SubscribeRequest.custom(
        "eth_subscribe", "eth_unsubscribe", List.of("logs", number), Decoders.slice());
  }

  /** Calls on one connection, a thousand at a time without an answer. */
  private static void calls(int count) throws Exception {
    try (Node node = new Node();
        PubSubFrontend frontend = connect(node)) {
      RpcCall<JsonSlice> call = RpcCall.of("eth_blockNumber", List.of(), Decoders.slice());
      double best = 0;
      for (int round = 0; round < 4; round++) {
        Semaphore window = new Semaphore(1_000);
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
          window.acquire();
          frontend.callAsync(call).whenComplete((_, _) -> window.release());
        }
        window.acquire(1_000);
        double rate = count / ((System.nanoTime() - begun) / 1e9);
        System.out.printf("calls, round %d: %.0f a second%n", round, rate);
        if (round > 0) best = Math.max(best, rate);
      }
      say("calls", best);
    }
  }

  /** Time from the server's write to the consumer, at a steady pace. */
  private static void latency(int count) throws Exception {
    try (Node node = new Node();
        PubSubFrontend frontend = connect(node);
        RawSubscription told = frontend.subscribe(numbered(0).onLag(LagPolicy.BLOCK)).raw()) {
      long[] micros = new long[count];
      Thread sender = Thread.ofPlatform().start(() -> node.pace(count, PER_SECOND));
      for (int i = 0; i < count; i++) {
        String item = told.recv().toString();
        long sent = Long.parseLong(item.substring(1, item.indexOf(' ')));
        micros[i] = (System.nanoTime() - sent) / 1_000;
      }
      sender.join();
      long[] settled = Arrays.copyOfRange(micros, count / 4, count);
      Arrays.sort(settled);
      say("latency_p50_us", settled[settled.length / 2]);
      say("latency_p99_us", settled[settled.length * 99 / 100]);
    }
  }

  /** Bytes allocated for each item that is told and not decoded. */
  private static void allocation(int count) throws Exception {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Node node = new Node();
        PubSubFrontend frontend = connect(node);
        RawSubscription told = frontend.subscribe(numbered(0).onLag(LagPolicy.BLOCK)).raw()) {
      double per = 0;
      for (int round = 0; round < 2; round++) {
        Thread sender = Thread.ofPlatform().start(() -> node.flood(count));
        told.recv();
        long before = threads.getTotalThreadAllocatedBytes();
        for (int i = 1; i < count; i++) told.recv();
        per = (double) (threads.getTotalThreadAllocatedBytes() - before) / (count - 1);
        sender.join();
      }
      say("allocated_share", per / ITEM_BYTES);
    }
  }

  private static void idle() throws Exception {
    try (Node node = new Node();
        PubSubFrontend frontend = connect(node)) {
      List<Subscription<JsonSlice>> all = new ArrayList<>(MANY);
      for (int i = 0; i < 100; i++) all.add(frontend.subscribe(numbered(-1 - i)));
      for (Subscription<JsonSlice> each : all) each.close();
      all.clear();
      long before = used();
      for (int i = 0; i < MANY - 200; i++) all.add(frontend.subscribe(numbered(i)));
      say("idle_bytes", (double) (used() - before) / all.size());
      for (Subscription<JsonSlice> each : all) each.close();
    }
  }

  private static long used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  /** From the cut, with the wait before the first attempt; each time of a service of its own. */
  private static void recovery() throws Exception {
    double worst = 0;
    for (int round = 0; round < 5; round++) {
      try (Node node = new Node();
          PubSubFrontend frontend = connect(node)) {
        List<Subscription<JsonSlice>> all = new ArrayList<>();
        for (int i = 0; i < RECOVERED; i++) all.add(frontend.subscribe(numbered(i)));
        int wanted = node.subscribed.get() + RECOVERED;
        long begun = System.nanoTime();
        node.drop();
        while (node.subscribed.get() < wanted || frontend.state() != ServiceState.LIVE)
          LockSupport.parkNanos(200_000);
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf("recovery, round %d: %.3f s%n", round, seconds);
        worst = Math.max(worst, seconds);
        for (Subscription<JsonSlice> each : all) each.close();
      }
    }
    say("recovery_s", worst);
  }

  /** A node that answers everything at once and streams what it is told to. */
  private static final class Node implements AutoCloseable {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    final AtomicInteger subscribed = new AtomicInteger();
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private volatile Socket socket = new Socket();

    Node() throws IOException {
      Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
      return server.getLocalPort();
    }

    private void accept() {
      while (!server.isClosed()) {
        try {
          Socket next = server.accept();
          next.setTcpNoDelay(true);
          socket = next;
          Thread.ofPlatform().daemon().start(() -> serve(next));
        } catch (IOException closed) {
          return;
        }
      }
    }

    void drop() throws IOException {
      socket.close();
    }

    private void serve(Socket from) {
      try (from) {
        byte[] in = new byte[256 * 1024];
        int end = shake(from, in);
        Answers out = new Answers(from.getOutputStream());
        while (true) {
          int at = 0;
          int next;
          while ((next = message(in, at, end, out)) > at) at = next;
          out.flush();
          System.arraycopy(in, at, in, 0, end - at);
          end -= at;
          int read = from.getInputStream().read(in, end, in.length - end);
          if (read < 0) return;
          end += read;
        }
      } catch (Exception gone) {
        return;
      }
    }

    /**
     * @return how many bytes came behind the head; they are at the start
     */
    private static int shake(Socket from, byte[] in) throws Exception {
      int end = 0;
      String head = "";
      while (!head.contains("\r\n\r\n")) {
        end += from.getInputStream().read(in, end, in.length - end);
        head = new String(in, 0, end, StandardCharsets.ISO_8859_1);
      }
      String lower = head.toLowerCase(java.util.Locale.ROOT);
      int key = lower.indexOf("sec-websocket-key:") + 18;
      String asked = head.substring(key, head.indexOf('\r', key)).strip() + GUID;
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(asked.getBytes());
      from.getOutputStream()
          .write(
              ("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      + "Sec-WebSocket-Accept: "
                      + Base64.getEncoder().encodeToString(digest)
                      + "\r\n\r\n")
                  .getBytes());
      int body = head.indexOf("\r\n\r\n") + 4;
      System.arraycopy(in, body, in, 0, end - body);
      return end - body;
    }

    /**
     * Takes one frame off.
     *
     * @return where the next begins, or {@code at} when this one is not whole yet
     */
    private int message(byte[] in, int at, int end, Answers out) throws IOException {
      if (end - at < 6) return at;
      int length = in[at + 1] & 0x7f;
      int mask = at + 2;
      if (length == 126) {
        if (end - at < 8) return at;
        length = (in[at + 2] & 0xff) << 8 | in[at + 3] & 0xff;
        mask = at + 4;
      }
      int body = mask + 4;
      if (end - body < length) return at;
      for (int i = 0; i < length; i++) in[body + i] ^= in[mask + (i & 3)];
      if ((in[at] & 15) == 8) throw new IOException("closed");
      if ((in[at] & 15) == 1) {
        String text = new String(in, body, length, StandardCharsets.ISO_8859_1);
        int id = text.indexOf("\"id\":") + 5;
        int stop = id;
        while (stop < text.length() && Character.isDigit(text.charAt(stop))) stop++;
        String result = "\"0x7\"";
        if (text.contains("eth_subscribe"))
          result = "\"0x" + Integer.toHexString(subscribed.incrementAndGet()) + "\"";
        if (text.contains("eth_unsubscribe")) result = "true";
        out.add("{\"id\":" + text.substring(id, stop) + ",\"result\":" + result + "}");
      }
      return body + length;
    }

    private static byte[] frame(String text) {
      byte[] data = text.getBytes(StandardCharsets.ISO_8859_1);
      int head = data.length < 126 ? 2 : 4;
      byte[] frame = new byte[head + data.length];
      frame[0] = (byte) 0x81;
      frame[1] = (byte) (head == 2 ? data.length : 126);
      if (head == 4) {
        frame[2] = (byte) (data.length >> 8);
        frame[3] = (byte) data.length;
      }
      System.arraycopy(data, 0, frame, head, data.length);
      return frame;
    }

    private static byte[] item(String start) {
      String before =
          "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"0x1\","
              + "\"result\":\""
              + start
              + " ";
      return frame(before + "x".repeat(ITEM_BYTES - before.length() - 3) + "\"}}");
    }

    void pace(int count, int perSecond) {
      long begun = System.nanoTime();
      try {
        for (int i = 0; i < count; i++) {
          long due = begun + i * 1_000_000_000L / perSecond;
          while (System.nanoTime() - due < 0) LockSupport.parkNanos(20_000);
          socket.getOutputStream().write(item(Long.toString(System.nanoTime())));
        }
      } catch (IOException gone) {
        throw new IllegalStateException(gone);
      }
    }

    void flood(int count) {
      byte[] one = item("0");
      byte[] batch = new byte[one.length * 100];
      for (int i = 0; i < 100; i++) System.arraycopy(one, 0, batch, i * one.length, one.length);
      try {
        for (int i = 0; i < count / 100; i++) socket.getOutputStream().write(batch);
      } catch (IOException gone) {
        throw new IllegalStateException(gone);
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
      socket.close();
    }

    /** Answers that go out together. */
    private static final class Answers {
      private final OutputStream to;
      private final java.io.ByteArrayOutputStream waiting = new java.io.ByteArrayOutputStream();

      Answers(OutputStream to) {
        this.to = to;
      }

      void add(String text) {
        waiting.writeBytes(frame(text));
      }

      void flush() throws IOException {
        waiting.writeTo(to);
        waiting.reset();
      }
    }
  }
}
