package io.fairlead.app.config;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.acme.AcmeSettings;
import io.fairlead.net.certs.CertSource;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** One named certificate of section {@code certs}. */
public record CertConfig(CertSource source) {
  private static final Pattern NAME =
      Pattern.compile("(\\*\\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\\.)*[a-z0-9-]{1,63}");
  private static final int NAME_CHARACTERS_MAX = 253;

  /** A host a certificate is for: a name, perhaps with a wildcard, or an address. */
  private static final ConfigType<String> HOST =
      Types.literal(
          Codes.UNFIT,
          "a host name, perhaps beginning with *., or an address",
          Map.of("type", "string"),
          text -> {
            String host = text.toLowerCase(Locale.ROOT);
            boolean fits =
                IpLiteral.parse(host).isPresent()
                    || (host.length() <= NAME_CHARACTERS_MAX && NAME.matcher(host).matches());
            return fits ? Optional.of(host) : Optional.empty();
          },
          host -> host);

  private static final RecordType<CertSource.Files> FILES =
      RecordType.define(
          "files",
          "A certificate from two PEM files.",
          fields -> {
            Field<Path> cert =
                fields.key("cert", Types.path(), "Certificate chain, leaf first.").required();
            Field<Path> key = fields.key("key", Types.path(), "Private key (PKCS#8).").required();
            return values -> new CertSource.Files(values.get(cert), values.get(key));
          });

  private static final RecordType<AcmeSettings.Binding> BINDING =
      RecordType.define(
          "acme_eab",
          "External account binding, where the server wants one.",
          fields -> {
            Field<String> kid =
                fields.key("kid", Types.string(), "Key identifier the server gave you.").required();
            Field<Secret> key =
                fields
                    .key("hmac_key", Types.secret(), "Its key, base64url, as the server gave it.")
                    .required();
            return values -> new AcmeSettings.Binding(values.get(kid), values.get(key));
          });

  private static final RecordType<AcmeSettings> ACME =
      RecordType.define(
          "acme",
          "A certificate from an ACME server, renewed by itself.",
          fields -> {
            Field<List<String>> hosts =
                fields
                    .key("hosts", Types.listOf(HOST), "Names it is for; no wildcards.")
                    .example("[gw.example.org]")
                    .required();
            Field<Optional<String>> email =
                fields
                    .key("email", Types.string(), "Where the server may write to.")
                    .example("ops@example.org")
                    .optional();
            Field<Optional<URI>> directory =
                fields
                    .key(
                        "directory",
                        Types.url("https"),
                        "URL of the server's directory; Let's Encrypt when it is not given. Using"
                            + " it means agreeing to the server's terms.")
                    .optional();
            Field<Boolean> staging =
                fields
                    .key(
                        "staging",
                        Types.bool(),
                        "Asks Let's Encrypt's server for trials, whose certificates nobody trusts.")
                    .orElse(false);
            Field<Optional<Path>> ca =
                fields
                    .key(
                        "ca",
                        Types.path(),
                        "PEM file of the authorities to trust for the directory; the system's when"
                            + " it is not given.")
                    .optional();
            Field<List<AcmeSettings.Way>> challenges =
                fields
                    .key(
                        "challenges",
                        Types.listOf(Types.choice(AcmeSettings.Way.class)),
                        "How the hosts are proved to be ours: tls_alpn_01 = a TLS handshake on port"
                            + " 443, http_01 = a request to port 80. After a failure the next one is"
                            + " tried.")
                    .orElse(List.of(AcmeSettings.Way.TLS_ALPN_01, AcmeSettings.Way.HTTP_01));
            Field<Optional<AcmeSettings.Binding>> binding =
                fields.key("eab", BINDING, "External account binding.").optional();
            fields.check(
                (values, checks) -> {
                  if (values.get(hosts).isEmpty()) {
                    checks.error(hosts, Codes.REQUIRED, "no hosts", "name at least one");
                  }
                  for (String host : values.get(hosts)) {
                    if (host.startsWith("*.") || IpLiteral.parse(host).isPresent()) {
                      checks.error(
                          hosts,
                          Codes.UNFIT,
                          host + ": wildcards and addresses cannot be proved by these challenges",
                          "name each host");
                    }
                  }
                  if (values.get(challenges).isEmpty()) {
                    checks.error(challenges, Codes.REQUIRED, "no challenges", "leave the key out");
                  }
                  if (values.get(staging) && values.get(directory).isPresent()) {
                    checks.error(
                        staging,
                        Codes.UNFIT,
                        "`staging` is Let's Encrypt's, and `directory` names another server",
                        "remove one of them");
                  }
                });
            return values ->
                new AcmeSettings(
                    values
                        .get(directory)
                        .orElse(
                            values.get(staging)
                                ? AcmeSettings.LETS_ENCRYPT_STAGING
                                : AcmeSettings.LETS_ENCRYPT),
                    values.get(email),
                    values.get(hosts),
                    values.get(challenges),
                    values.get(binding),
                    values.get(ca));
          });

  public static final RecordType<CertConfig> TYPE =
      RecordType.define(
          "cert",
          "A certificate and its key: from files, from the built-in authority, or from an ACME"
              + " server.",
          fields -> {
            Field<Optional<CertSource.Files>> files =
                fields
                    .key("files", FILES, "The PEM files; taken over when they change.")
                    .optional();
            Field<Optional<Boolean>> internal =
                fields
                    .key(
                        "internal",
                        Types.bool(),
                        "Issued by an authority of this gateway, below <state_dir>/ca, for `hosts`."
                            + " Clients trust it after `fairlead cert internal-ca trust`.")
                    .optional();
            Field<Optional<AcmeSettings>> acme =
                fields.key("acme", ACME, "From an ACME server.").optional();
            Field<List<String>> hosts =
                fields
                    .key("hosts", Types.listOf(HOST), "What the internal certificate is for.")
                    .example("[localhost, \"*.gw.test\"]")
                    .orElse(List.of());
            fields.exactlyOneOf(files, internal, acme);
            fields.check(
                (values, checks) -> {
                  boolean ours = values.get(internal).orElse(false);
                  if (values.get(internal).isPresent() && !ours) {
                    checks.error(
                        internal, Codes.UNFIT, "`internal: false` is no certificate", "remove it");
                  }
                  if (ours == values.get(hosts).isEmpty()) {
                    checks.error(
                        hosts,
                        ours ? Codes.REQUIRED : Codes.UNFIT,
                        ours
                            ? "an internal certificate needs `hosts`"
                            : "`hosts` goes with `internal: true`",
                        ours ? "add `hosts: [localhost]`" : "remove `hosts`");
                  }
                });
            return values ->
                new CertConfig(
                    values
                        .get(files)
                        .map(CertSource.class::cast)
                        .or(() -> values.get(acme).map(CertSource.Acme::new))
                        .orElseGet(() -> new CertSource.Internal(values.get(hosts))));
          });

  /** The files, where it comes from files. */
  public Optional<CertSource.Files> files() {
    return source instanceof CertSource.Files files ? Optional.of(files) : Optional.empty();
  }
}
