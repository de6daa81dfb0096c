package io.fairlead.it.libp2p;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One way to talk with a peer of others.
 *
 * @param kind whose library it is built on: go, js or rust
 * @param security noise or tls
 * @param transport tcp or ws
 */
record PeerRow(String kind, String security, String transport) {
  static final Duration WITHIN = Duration.ofSeconds(60);

  /** All that are held by the ordinary build. */
  static Stream<PeerRow> all() {
    return Stream.of("go", "js")
        .flatMap(
            kind ->
                Stream.of(
                    new PeerRow(kind, "noise", "tcp"),
                    new PeerRow(kind, "tls", "tcp"),
                    new PeerRow(kind, "noise", "ws")));
  }

  /** Starts one that answers. */
  Proc listen() throws IOException {
    return start("listen");
  }

  /** Starts one that dials us and does what it is told, one after the other. */
  Proc dial(Multiaddr us, List<String> scenarios) throws IOException {
    List<String> words = new ArrayList<>(List.of("dial", us.toString()));
    words.addAll(scenarios);
    return start(words.toArray(String[]::new));
  }

  private Proc start(String... words) throws IOException {
    String dashes = kind.equals("js") ? "--" : "-";
    List<String> command = new ArrayList<>();
    command.add(Peers.require("libp2p-" + kind + "-peer").toString());
    command.add(dashes + "security=" + security);
    command.add(dashes + "transport=" + transport);
    command.addAll(List.of(words));
    return Proc.start(command.toArray(String[]::new));
  }

  static Multiaddr addressOf(Proc listening) throws Exception {
    String line = listening.awaitLine("listening ", WITHIN);
    return Multiaddr.parse(line.substring("listening ".length()));
  }

  /**
   * Bytes of a large transfer; unmasking under the leak detector takes longer than all the rest.
   */
  int bulk() {
    return transport.equals("ws") ? 1_000_000 : 16_000_000;
  }

  @Override
  public String toString() {
    return kind + " " + security + " " + transport;
  }
}
