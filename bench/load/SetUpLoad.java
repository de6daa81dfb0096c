import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A load generator for the set-ups of forward proxies: one thread, one selector, a fixed number of
 * clients. A client connects, does the whole handshake (SOCKS 5 without a name, RFC 1928, or
 * CONNECT, RFC 9110 §9.3.6), asks the origin something short, compares its answer to the last byte,
 * resets the connection and begins again.
 *
 * <p>Each line of its input is one measurement: {@code KIND PORT ORIGIN CLIENTS SECONDS}. It writes
 * {@code begin} and {@code end} around it and then {@code result name=value …}; the clients that are
 * under way at the end are not counted. Whatever is not as it should be ends it with a message and
 * status 1. One process for all proxies, so that all meet the same warm generator.
 */
final class SetUpLoad {
  private static final long PATIENCE_NANOS = 10_000_000_000L;
  private static final byte[] ASK =
      bytes("GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  private static final byte[] STATUS = bytes("HTTP/1.1 200 ");
  private static final byte[] BODY = bytes("\r\n\r\nok");
  private static final byte[] HEAD_END = bytes("\r\n\r\n");

  private enum Step {
    CONNECT,
    METHOD,
    REPLY,
    ANSWER
  }

  private final boolean socks;
  private final InetSocketAddress proxy;
  private final ByteBuffer greeting;
  private final ByteBuffer request;
  private final ByteBuffer ask = ByteBuffer.allocateDirect(ASK.length).put(ASK).flip();
  private final int clients;
  private final long nanos;
  private final Selector selector = Selector.open();
  private final long[] latencies = new long[64 * 16];
  private long done;
  private boolean over;

  private SetUpLoad(String kind, int port, int origin, int clients, double seconds)
      throws IOException {
    this.socks =
        switch (kind) {
          case "socks5" -> true;
          case "connect" -> false;
          default -> throw new IOException("kind: " + kind + " (expected: socks5 or connect)");
        };
    this.proxy = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    this.clients = clients;
    this.nanos = (long) (seconds * 1e9);
    this.greeting = direct(new byte[] {5, 1, 0});
    byte[] wanted = {5, 1, 0, 1, 127, 0, 0, 1, (byte) (origin >> 8), (byte) origin};
    this.request =
        direct(
            socks
                ? wanted
                : bytes(
                    "CONNECT 127.0.0.1:" + origin + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  /** One of the clients: one set-up after the other. */
  private final class Client {
    private final ByteBuffer in = ByteBuffer.allocateDirect(4096);
    private SocketChannel channel;
    private SelectionKey key;
    private Step step;
    private long begun;

    void begin() throws IOException {
      begun = System.nanoTime();
      step = Step.CONNECT;
      in.clear();
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_LINGER, 0); // a reset: no port waits for its time
      boolean connected = channel.connect(proxy);
      key =
          channel.register(
              selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
      if (connected) connected();
    }

    void ready() throws IOException {
      if (key.isConnectable()) {
        if (!channel.finishConnect()) return;
        key.interestOps(SelectionKey.OP_READ);
        connected();
        return;
      }
      int count = channel.read(in);
      if (count < 0 && step != Step.ANSWER) throw failed("ended");
      switch (step) {
        case CONNECT -> throw failed("readable before it was connected");
        case METHOD -> {
          if (in.position() < 2) return;
          if (in.position() > 2 || in.get(0) != 5 || in.get(1) != 0) throw failed("method");
          in.clear();
          step = Step.REPLY;
          send(request);
        }
        case REPLY -> {
          if (socks ? in.position() < 10 : !endsWith(HEAD_END)) return;
          if (socks && (in.position() > 10 || in.get(0) != 5 || in.get(1) != 0)) {
            throw failed("refused");
          }
          if (!socks && !beginsWith(STATUS)) throw failed("refused");
          in.clear();
          step = Step.ANSWER;
          send(ask);
        }
        case ANSWER -> {
          if (count >= 0) {
            if (!in.hasRemaining()) throw failed("answer too long");
            return;
          }
          if (!beginsWith(STATUS) || !endsWith(BODY)) throw failed("answer");
          finish();
        }
      }
    }

    private void connected() throws IOException {
      step = socks ? Step.METHOD : Step.REPLY;
      send(socks ? greeting : request);
    }

    private void send(ByteBuffer what) throws IOException {
      what.rewind();
      channel.write(what);
      if (what.hasRemaining()) throw failed("a few bytes did not fit into an empty socket");
    }

    private void finish() throws IOException {
      channel.close();
      if (over) return;
      done++;
      latencies[bucket(Math.max(1, System.nanoTime() - begun))]++;
      begin();
    }

    private boolean beginsWith(byte[] wanted) {
      if (in.position() < wanted.length) return false;
      for (int i = 0; i < wanted.length; i++) if (in.get(i) != wanted[i]) return false;
      return true;
    }

    private boolean endsWith(byte[] wanted) {
      int from = in.position() - wanted.length;
      if (from < 0) return false;
      for (int i = 0; i < wanted.length; i++) if (in.get(from + i) != wanted[i]) return false;
      return true;
    }

    void check(long nowNanos) throws IOException {
      if (nowNanos - begun > PATIENCE_NANOS) throw failed("nothing for ten seconds");
    }

    private IOException failed(String why) {
      byte[] got = new byte[in.position()];
      in.get(0, got);
      return new IOException(
          step + ": " + why + ": " + new String(got, StandardCharsets.ISO_8859_1));
    }
  }

  private static int bucket(long nanos) {
    int doubling = 63 - Long.numberOfLeadingZeros(nanos);
    int within = doubling < 4 ? 0 : (int) (nanos >>> doubling - 4) & 15;
    return doubling * 16 + within;
  }

  private double quantile(double share) {
    long wanted = Math.max(1, (long) Math.ceil(done * share));
    long seen = 0;
    for (int i = 0; i < latencies.length; i++) {
      seen += latencies[i];
      if (seen >= wanted) return Math.pow(2, i / 16) * (1 + (i % 16 + 1) / 16.0) / 1e6;
    }
    return 0;
  }

  private void run() throws IOException {
    Client[] all = new Client[clients];
    say("begin");
    long begun = System.nanoTime();
    for (int i = 0; i < clients; i++) {
      all[i] = new Client();
      all[i].begin();
    }
    long checked = begun;
    long now = begun;
    while (now - begun < nanos) {
      selector.select(100);
      for (SelectionKey each : selector.selectedKeys()) ((Client) each.attachment()).ready();
      selector.selectedKeys().clear();
      now = System.nanoTime();
      if (now - checked > 1_000_000_000L) {
        checked = now;
        for (Client each : all) each.check(now);
      }
    }
    double seconds = (now - begun) / 1e9;
    over = true;
    say("end");
    for (Client each : all) each.channel.close();
    selector.close();
    say(
        String.format(
            Locale.ROOT,
            "result setups=%d seconds=%.3f p50=%.3f p99=%.3f",
            done,
            seconds,
            quantile(0.5),
            quantile(0.99)));
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  public static void main(String[] args) throws IOException {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      String[] words = line.trim().split(" ");
      try {
        new SetUpLoad(
                words[0],
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Double.parseDouble(words[4]))
            .run();
      } catch (IOException failure) {
        say("failed " + failure.getMessage());
        System.exit(1);
      }
    }
  }
}
