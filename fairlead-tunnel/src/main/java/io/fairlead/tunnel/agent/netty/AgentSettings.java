package io.fairlead.tunnel.agent.netty;

import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.chain.ProxyHop;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.proof.Proof;
import java.util.List;
import java.util.Optional;

/**
 * Who an agent is and whom it serves.
 *
 * @param servers of one server, tried in order
 * @param proxy through which they are reached
 * @param serverName what the server's certificate must say, when it is not the address
 * @param bound whether proofs are bound to the TLS connection
 * @param connections carriers to keep
 */
public record AgentSettings(
    String name,
    Proving proving,
    List<ServerAddress> servers,
    Optional<ProxyHop> proxy,
    CarrierTls.Trust trust,
    Optional<CarrierTls.Shown> shown,
    Optional<String> serverName,
    boolean bound,
    int connections) {
  /** How it proves who it is. */
  public sealed interface Proving {
    record Shared(Binary secret) implements Proving {
      @Override
      public String toString() {
        return "token";
      }
    }

    record Key(IdentityKey key) implements Proving {}

    record Certificate() implements Proving {}
  }

  public AgentSettings {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) throw new IllegalArgumentException("servers: none (expected: >= 1)");
  }

  /** The answer to a server that knows us by the connection's own handshake. */
  ControlMessage.Auth known(String run) {
    return new ControlMessage.Auth(
        ControlMessage.VERSION,
        name,
        "peer",
        Optional.empty(),
        Binary.of(new byte[0]),
        run,
        "fairlead");
  }

  /** The answer to a server's hello. */
  ControlMessage.Auth answer(ControlMessage.Hello hello, Binary exporter, String run) {
    String method;
    Optional<String> key = Optional.empty();
    Binary proof;
    switch (proving) {
      case Proving.Shared(Binary secret) -> {
        method = "token";
        proof = Proof.sealed(secret, hello.nonce(), exporter, name);
      }
      case Proving.Key(IdentityKey mine) -> {
        method = "ed25519";
        key = Optional.of(mine.publicKey().peerId());
        proof = Proof.signed(mine::sign, hello.nonce(), exporter, name);
      }
      case Proving.Certificate() -> {
        method = "mtls";
        proof = Binary.of(new byte[0]);
      }
    }
    return new ControlMessage.Auth(
        ControlMessage.VERSION, name, method, key, proof, run, "fairlead");
  }
}
