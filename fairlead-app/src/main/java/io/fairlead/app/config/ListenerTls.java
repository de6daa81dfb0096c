package io.fairlead.app.config;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.net.tls.ClientAuthority;
import io.fairlead.net.tls.ClientName;
import io.fairlead.net.tls.TlsPolicy;
import io.fairlead.net.tls.TlsVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * TLS termination at a listener.
 *
 * @param certs the certificates, the default first
 * @param clients whether and whose certificates are asked for
 */
public record ListenerTls(
    List<Reference> certs,
    TlsVersion minVersion,
    List<String> ciphers,
    List<String> groups,
    boolean http2,
    TlsPolicy.UnknownName unknownName,
    Optional<Clients> clients) {
  /**
   * Client certificates.
   *
   * @param identity what of a certificate names the client
   */
  public record Clients(boolean required, ClientAuthority.Rules rules, ClientName identity) {}

  /** How strict. */
  enum Profile {
    MODERN,
    INTERMEDIATE
  }

  /** Whether clients show certificates. */
  enum Asking {
    NONE,
    OPTIONAL,
    REQUIRE
  }

  /** Oldest versions a listener may speak, as configuration writes them. */
  private static final ConfigType<TlsVersion> VERSION =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "\"1.2\" or \"1.3\"",
          Map.of("enum", List.of("1.2", "1.3")),
          text ->
              switch (text) {
                case "1.2" -> Optional.of(TlsVersion.TLS_1_2);
                case "1.3" -> Optional.of(TlsVersion.TLS_1_3);
                default -> Optional.empty();
              },
          version ->
              switch (version) {
                case TLS_1_2 -> "1.2";
                case TLS_1_3 -> "1.3";
              });

  private static ConfigType<String> oneOf(List<String> words) {
    return Types.literal(
        Codes.NOT_A_CHOICE,
        "one of " + String.join(", ", words),
        Map.of("enum", words),
        text -> words.contains(text) ? Optional.of(text) : Optional.empty(),
        word -> word);
  }

  static final RecordType<ListenerTls> TYPE =
      RecordType.define(
          "tls",
          "TLS termination.",
          ReloadClass.LISTENER,
          fields -> {
            Field<Reference> cert =
                fields
                    .key(
                        "cert",
                        Types.reference("certs"),
                        "Name of an entry of section certs: what clients see that ask for no name,"
                            + " or an unknown one.")
                    .required();
            Field<List<Reference>> more =
                fields
                    .key(
                        "certs",
                        Types.listOf(Types.reference("certs")),
                        "More of them, chosen by the name a client asks for (SNI): exact names"
                            + " before wildcards; of two for one name, ECDSA before RSA.")
                    .orElse(List.of());
            Field<TlsPolicy.UnknownName> unknown =
                fields
                    .key(
                        "unknown_name",
                        Types.choice(TlsPolicy.UnknownName.class),
                        "What a client gets that asks for a name no certificate is for: the default"
                            + " one, or a refusal.")
                    .orElse(TlsPolicy.UnknownName.DEFAULT);
            Field<Profile> profile =
                fields
                    .key(
                        "profile",
                        Types.choice(Profile.class),
                        "modern = TLS 1.3 only; intermediate = 1.2 too, with forward secrecy and"
                            + " authenticated encryption.")
                    .orElse(Profile.INTERMEDIATE);
            Field<Optional<TlsVersion>> min =
                fields
                    .key(
                        "min_version",
                        VERSION,
                        "Oldest version spoken: \"1.2\" or \"1.3\"; as the profile says when it is"
                            + " not given.")
                    .optional();
            Field<List<String>> ciphers =
                fields
                    .key(
                        "ciphers",
                        Types.listOf(oneOf(TlsPolicy.CIPHERS)),
                        "Suites of TLS 1.2, best first; those of 1.3 are fixed.")
                    .orElse(TlsPolicy.CIPHERS);
            Field<List<String>> groups =
                fields
                    .key(
                        "groups",
                        Types.listOf(oneOf(TlsPolicy.GROUPS)),
                        "Key exchange groups, best first; what the engine prefers when it is not"
                            + " given.")
                    .orElse(List.of());
            Field<Boolean> http2 =
                fields
                    .key(
                        "http2",
                        Types.bool(),
                        "Offers HTTP/2 to clients (ALPN), besides HTTP/1.1.")
                    .orElse(true);
            Field<Asking> asking =
                fields
                    .key(
                        "client_auth",
                        Types.choice(Asking.class),
                        "Whether clients show certificates: optional = whoever shows one must show a"
                            + " good one.")
                    .orElse(Asking.NONE);
            Field<Optional<Path>> ca =
                fields
                    .key(
                        "client_ca",
                        Types.path(),
                        "PEM file of the authorities that vouch for clients.")
                    .optional();
            Field<Optional<Path>> crl =
                fields
                    .key(
                        "client_crl",
                        Types.path(),
                        "PEM file with a current revocation list of every one of them; without it"
                            + " nobody is revoked.")
                    .optional();
            Field<List<String>> names =
                fields
                    .key(
                        "client_names",
                        Types.listOf(Types.string()),
                        "What a client may be called (common name or an alternative name; * stands"
                            + " for anything but a slash, ** for anything); any name when it is not"
                            + " given.")
                    .example("[\"spiffe://example.org/fleet/*\"]")
                    .orElse(List.of());
            Field<ClientName> identity =
                fields
                    .key(
                        "client_identity",
                        Types.choice(ClientName.class),
                        "What of its certificate names a client, as an account name.")
                    .orElse(ClientName.CN);
            fields.check(
                (values, checks) -> {
                  if (values.get(ciphers).isEmpty()) {
                    checks.error(ciphers, Codes.REQUIRED, "no suites", "leave the key out");
                  }
                  if (values.get(profile) == Profile.MODERN
                      && values.get(min).equals(Optional.of(TlsVersion.TLS_1_2))) {
                    checks.error(
                        min,
                        Codes.UNFIT,
                        "profile `modern` is TLS 1.3 only",
                        "remove `min_version`, or say `profile: intermediate`");
                  }
                  boolean asks = values.get(asking) != Asking.NONE;
                  if (asks && values.get(ca).isEmpty()) {
                    checks.error(
                        ca,
                        GatewayCodes.CLIENTS_WITHOUT_AUTHORITY,
                        "client certificates are asked for, and nothing vouches for them",
                        "add `client_ca: clients.pem`");
                  }
                  if (!asks
                      && (values.get(ca).isPresent()
                          || values.get(crl).isPresent()
                          || !values.get(names).isEmpty())) {
                    checks.error(
                        asking,
                        GatewayCodes.CLIENTS_WITHOUT_AUTHORITY,
                        "something is said about client certificates, and none are asked for",
                        "add `client_auth: require`");
                  }
                });
            return values -> {
              List<Reference> certs = new ArrayList<>();
              certs.add(values.get(cert));
              certs.addAll(values.get(more));
              TlsVersion lowest =
                  values.get(profile) == Profile.MODERN ? TlsVersion.TLS_1_3 : TlsVersion.TLS_1_2;
              Optional<Clients> clients =
                  values.get(asking) == Asking.NONE
                      ? Optional.empty()
                      : values
                          .get(ca)
                          .map(
                              file ->
                                  new Clients(
                                      values.get(asking) == Asking.REQUIRE,
                                      new ClientAuthority.Rules(
                                          file, values.get(crl), values.get(names)),
                                      values.get(identity)));
              return new ListenerTls(
                  List.copyOf(certs),
                  values.get(min).orElse(lowest),
                  values.get(ciphers),
                  values.get(groups),
                  values.get(http2),
                  values.get(unknown),
                  clients);
            };
          });

  /** Files it names whose content is part of it. */
  public List<Path> files() {
    return clients
        .map(
            asked ->
                asked.rules().crl().isPresent()
                    ? List.of(asked.rules().ca(), asked.rules().crl().get())
                    : List.of(asked.rules().ca()))
        .orElse(List.of());
  }
}
