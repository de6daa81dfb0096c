package io.fairlead.app.membership;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.config.Checks;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.config.Values;
import io.fairlead.core.identity.NodeKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The members file: YAML with {@code version: 1} and a list {@code members} of {@code id}, optional
 * {@code user} (an account of a users file) and optional {@code public_key} (Ed25519).
 */
final class MembershipFile {
  /** Name of this source in entry ids and audit lines. */
  static final String SOURCE = "members";

  private record Row(String id, Optional<String> user, Optional<NodeKey> publicKey) {}

  private record Rows(List<Row> members) {}

  private static final ConfigType<NodeKey> KEY =
      Types.literal(
          GatewayCodes.BAD_MEMBER_KEY,
          "an Ed25519 public key, e.g. 12D3Koo…",
          Map.of("type", "string"),
          NodeKey::parse,
          NodeKey::peerId);

  private static final RecordType<Row> ROW =
      RecordType.define(
          "member",
          "One member.",
          fields -> {
            Field<String> id =
                fields.key("id", Types.string(), "Stable name of the entry.").required();
            Field<Optional<String>> user =
                fields
                    .key("user", Types.string(), "Account of a users file this entry stands for.")
                    .optional();
            Field<Optional<NodeKey>> key =
                fields
                    .key(
                        "public_key",
                        KEY,
                        "Ed25519 public key of the member: a peer id, 0xed01… or PEM.")
                    .optional();
            return values -> new Row(values.get(id), values.get(user), values.get(key));
          });

  private static final RecordType<Rows> FILE =
      RecordType.define(
          "members",
          "The members file.",
          fields -> {
            fields.key("version", Types.schemaVersion(), "Format of this file.").required();
            Field<List<Row>> members =
                fields
                    .key("members", Types.listOf(ROW), "Everyone who may use the gateway.")
                    .required();
            fields.check((values, checks) -> refuseDuplicates(values, checks, members));
            return values -> new Rows(values.get(members));
          });

  private MembershipFile() {}

  /**
   * Reads the file.
   *
   * @return the membership, with the text's digest as position, or every problem found
   * @throws IOException the file cannot be read
   */
  static Reading<Membership> read(Path file, Environment environment) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Reading<Rows> reading =
        ConfigReader.read(
            FILE,
            file.toString(),
            Files.readAllBytes(file),
            folder == null ? Path.of("/") : folder,
            environment);
    String position = "sha256:" + reading.document().sha256().substring(0, 12);
    return new Reading<>(
        reading.value().map(rows -> membership(rows, position)),
        reading.document(),
        reading.problems(),
        reading.effective());
  }

  private static Membership membership(Rows rows, String position) {
    Map<EntryId, Member> members = new HashMap<>();
    Map<String, EntryId> byUser = new HashMap<>();
    for (Row row : rows.members()) {
      EntryId id = new EntryId(SOURCE, row.id());
      members.put(
          id, new Member(id, Standing.ACTIVE, row.publicKey().map(NodeKey::peerId), row.user()));
      row.user().ifPresent(user -> byUser.put(user, id));
    }
    return new Membership(SOURCE, position, members, byUser);
  }

  private static void refuseDuplicates(Values values, Checks checks, Field<List<Row>> members) {
    refuseTwice(checks, members, values.get(members), "id", row -> Optional.of(row.id()));
    refuseTwice(checks, members, values.get(members), "user", Row::user);
    refuseTwice(
        checks,
        members,
        values.get(members),
        "public_key",
        row -> row.publicKey().map(NodeKey::peerId));
  }

  private static void refuseTwice(
      Checks checks,
      Field<List<Row>> members,
      List<Row> rows,
      String what,
      Function<Row, Optional<String>> part) {
    Set<String> seen = new HashSet<>();
    for (Row row : rows) {
      Optional<String> value = part.apply(row);
      if (value.isPresent() && !seen.add(value.get())) {
        checks.error(
            members,
            GatewayCodes.MEMBER_TWICE,
            "two members have the " + what + " `" + value.get() + "`",
            "keep one of them");
      }
    }
  }
}
