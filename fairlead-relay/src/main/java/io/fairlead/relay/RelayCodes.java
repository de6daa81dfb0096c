package io.fairlead.relay;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of the section {@code relay}. */
public final class RelayCodes {
  public static final Code BAD_MULTIADDR =
      new Code(
          "F1250",
          "not a multiaddr, or not one of the kind that is due",
          "listen: [\"0.0.0.0:4001\"]",
          "listen: [\"/ip4/0.0.0.0/tcp/4001\"]");
  public static final Code UNUSABLE_IDENTITY =
      new Code(
          "F2501",
          "the identity file of the relay section holds no usable key",
          "identity: { file: README.md }",
          "identity: { file: state/identity.key }");
  public static final Code CANNOT_LISTEN =
      new Code(
          "F2502",
          "an address of relay.listen cannot be listened on",
          "listen: [\"/ip4/127.0.0.1/tcp/22\"]",
          "listen: [\"/ip4/127.0.0.1/tcp/4001\"]");
  public static final Code NO_CANDIDATES =
      new Code(
          "W3250",
          "relays are to be found, but nothing says where",
          "auto: { enabled: true }",
          "auto: { static: [\"/dns4/relay.example.org/tcp/4001/p2p/12D3KooW…\"] }");

  public static final Code NO_NODE =
      new Code(
          "F1251",
          "a stream leads to a peer that this gateway cannot dial",
          "streams: { ssh: { destination: /p2p/12D3KooW…/ssh/1.0.0 } }",
          "relay: { streams: { peers: [\"/dns4/home.example.org/tcp/4001/p2p/12D3KooW…\"] } }\n"
              + "streams: { ssh: { destination: /p2p/12D3KooW…/ssh/1.0.0 } }");

  public static final Code UNUSABLE_ASN_TABLE =
      new Code(
          "F2503",
          "the file of relay.asn_table is no table of networks",
          "asn_table: README.md",
          "asn_table: /var/lib/fairlead/ip2asn-combined.tsv");

  private RelayCodes() {}

  public static List<Code> all() {
    return List.of(
        BAD_MULTIADDR,
        NO_NODE,
        UNUSABLE_IDENTITY,
        CANNOT_LISTEN,
        UNUSABLE_ASN_TABLE,
        NO_CANDIDATES);
  }
}
