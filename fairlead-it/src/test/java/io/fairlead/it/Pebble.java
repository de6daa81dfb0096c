package io.fairlead.it;

import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An ACME server for tests, and the name server it asks, for which every name is 127.0.0.1. It
 * wants accounts that are bound to one of its own.
 */
final class Pebble implements AutoCloseable {
  static final String KID = "kid-1";
  static final String HMAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

  private final Proc server;
  private final ServerSocket names;

  private Pebble(Proc server, ServerSocket names) {
    this.server = server;
    this.names = names;
  }

  /** A port nobody has at this moment. */
  static int freePort() {
    return FreePorts.one();
  }

  /**
   * Starts it.
   *
   * @param own its certificate
   * @param httpPort where it checks http-01
   * @param tlsPort where it checks tls-alpn-01
   */
  static Pebble start(Path dir, Pem own, int port, int httpPort, int tlsPort) throws Exception {
    ServerSocket names = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(() -> serve(names));
    Path config = dir.resolve("pebble.json");
    Files.writeString(
        config,
        """
        { "pebble": { "listenAddress": "127.0.0.1:%d", "managementListenAddress": "",
          "certificate": "%s", "privateKey": "%s", "httpPort": %d, "tlsPort": %d,
          "ocspResponderURL": "", "retryAfter": { "authz": 1, "order": 1 },
          "externalAccountBindingRequired": true,
          "externalAccountMACKeys": { "%s": "%s" },
          "certificateValidityPeriod": 7776000 } }
        """
            .formatted(port, own.cert(), own.key(), httpPort, tlsPort, KID, HMAC_KEY));
    Proc server =
        Proc.start(
            List.of(
                Peers.require("pebble").toString(),
                "-config",
                config.toString(),
                "-dnsserver",
                "127.0.0.1:" + names.getLocalPort()),
            dir,
            Map.of("PEBBLE_VA_NOSLEEP", "1"));
    server.awaitPort(port, Duration.ofSeconds(20));
    return new Pebble(server, names);
  }

  @Override
  public void close() throws IOException {
    server.close();
    names.close();
  }

  /** By TCP, where a length stands before each message (RFC 1035 §4.2.2). */
  private static void serve(ServerSocket names) {
    try {
      while (true) {
        Socket asking = names.accept();
        Thread.ofVirtual().start(() -> answer(asking));
      }
    } catch (IOException closed) {
      // the end of the test
    }
  }

  private static void answer(Socket asking) {
    try (asking) {
      DataInputStream in = new DataInputStream(asking.getInputStream());
      DataOutputStream out = new DataOutputStream(asking.getOutputStream());
      while (true) {
        byte[] answer = answer(in.readNBytes(in.readUnsignedShort()));
        out.writeShort(answer.length);
        out.write(answer);
        out.flush();
      }
    } catch (IOException gone) {
      // it asks no more
    }
  }

  /** One A record for whoever asks for one, nothing for the rest (RFC 1035 §4). */
  private static byte[] answer(byte[] query) {
    int end = 12;
    while (query[end] != 0) end += 1 + query[end];
    int type = (query[end + 1] & 0xff) << 8 | query[end + 2] & 0xff;
    byte[] question = Arrays.copyOf(query, end + 5);
    question[2] = (byte) 0x84;
    question[3] = 0;
    question[7] = (byte) (type == 1 ? 1 : 0);
    for (int i = 8; i < 12; i++) question[i] = 0;
    if (type != 1) return question;
    byte[] record = {(byte) 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1};
    byte[] whole = Arrays.copyOf(question, question.length + record.length);
    System.arraycopy(record, 0, whole, question.length, record.length);
    return whole;
  }
}
