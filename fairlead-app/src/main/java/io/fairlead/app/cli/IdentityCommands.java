package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.auth.TokenMint;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What is done with a node's own key: {@code relay id}, {@code relay key new}, tokens. */
final class IdentityCommands {
  private static final String DEFAULT_FILE = "state/identity.key";
  private static final String DEFAULT_AUDIENCE = "fairlead";
  private static final Duration DEFAULT_LIFE = Duration.ofHours(1);
  private static final Duration LIFE_MAX = Duration.ofHours(24);

  static final Option IDENTITY =
      value("FILE", "prove who you are by this key, a token as password", "--identity");
  static final Option AUDIENCE =
      value("NAME", "the gateway the token is for; fairlead when not given", "--aud");

  private static final Positional FILE =
      new Positional("FILE", false, List.of(), "the key file; state/identity.key when not given");

  private IdentityCommands() {}

  /** What {@code relay} does with a key. */
  static List<Command> relay() {
    return List.of(
        Command.leaf(
            "id", "print the peer id of a key", List.of(), List.of(FILE), IdentityCommands::id),
        Command.group(
            "key",
            "the key itself",
            List.of(
                Command.leaf(
                    "new",
                    "make a key, never over another",
                    List.of(),
                    List.of(FILE),
                    IdentityCommands::make))));
  }

  /** {@code registry token}. */
  static Command token() {
    return Command.leaf(
        "token",
        "print a token that proves the key of an entry; a password for MQTT and proxies",
        List.of(
            IDENTITY,
            AUDIENCE,
            value("D", "how long it holds, at most 24h; 1h when not given", "--ttl"),
            flag("without the peer id, for SOCKS 5; give that as user name", "--short")),
        List.of(),
        IdentityCommands::mint);
  }

  /** Whose token, and the token. */
  record Proof(String peerId, String token) {}

  /** What proves {@code --identity}, when that is given. */
  static Optional<Proof> proof(Call call) throws CommandFailure {
    Optional<Path> file = call.path("--identity");
    if (file.isEmpty()) return Optional.empty();
    String audience = call.value("--aud").orElse(DEFAULT_AUDIENCE);
    IdentityKey key = read(file.get());
    return Optional.of(
        new Proof(
            key.publicKey().peerId(),
            TokenMint.mint(key, audience, DEFAULT_LIFE, Clock.system().wall(), true)));
  }

  private static int id(Call call) throws CommandFailure {
    Path file = file(call);
    show(call, read(file), file);
    return Exit.OK;
  }

  private static int make(Call call) throws CommandFailure {
    Path file = file(call);
    IdentityKey key = IdentityKey.make(Randomness.system());
    try {
      if (call.word(0).isEmpty()) makeFolder(file);
      key.write(file);
    } catch (FileAlreadyExistsException _) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE, "exists", file + " exists", "a key is never overwritten: move it");
    } catch (NoSuchFileException _) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE,
          "not_written",
          file.toAbsolutePath().getParent() + ": no such folder",
          "mkdir -p -m 700 FOLDER");
    } catch (IOException failure) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE, "not_written", file + ": " + failure.getMessage(), "");
    }
    call.terminal().say("wrote " + file + "; keep it, it is this node's identity");
    show(call, key, file);
    return Exit.OK;
  }

  /** That of the state, as a gateway makes it. */
  private static void makeFolder(Path file) throws IOException {
    Path folder = file.getParent();
    if (folder == null || Files.exists(folder)) return;
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static int mint(Call call) throws CommandFailure {
    Path file = call.path("--identity").orElse(call.workingDir().resolve(DEFAULT_FILE));
    Duration life = call.duration("--ttl").orElse(DEFAULT_LIFE);
    if (life.compareTo(LIFE_MAX) > 0 || !life.isPositive()) {
      throw CommandFailure.usage("--ttl: gateways accept at most 24h", "write e.g. 8h");
    }
    IdentityKey key = read(file);
    String audience = call.value("--aud").orElse(DEFAULT_AUDIENCE);
    String token =
        TokenMint.mint(key, audience, life, Clock.system().wall(), !call.flag("--short"));
    if (call.json()) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("schema", "fairlead.registry.token/1");
      report.put("peer_id", key.publicKey().peerId());
      report.put("audience", audience);
      report.put("ttl_seconds", life.toSeconds());
      report.put("token", token);
      call.terminal().data(Json.print(report));
    } else {
      call.terminal().data(token);
    }
    return Exit.OK;
  }

  private static void show(Call call, IdentityKey key, Path file) throws CommandFailure {
    if (!call.json()) {
      call.terminal().data(key.publicKey().peerId());
      return;
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("schema", "fairlead.relay.id/1");
    report.put("peer_id", key.publicKey().peerId());
    report.put("public_key", "0xed01" + key.publicKey().hex());
    report.put("file", file.toString());
    call.terminal().data(Json.print(report));
  }

  private static Path file(Call call) {
    return call.workingDir().resolve(call.word(0).orElse(DEFAULT_FILE));
  }

  private static IdentityKey read(Path file) throws CommandFailure {
    try {
      return IdentityKey.read(file);
    } catch (NoSuchFileException _) {
      throw new CommandFailure(
          Exit.NO_INPUT,
          "no_key",
          file + ": no such file",
          "make one: fairlead relay key new FILE");
    } catch (FileSystemException failure) {
      throw new CommandFailure(
          Exit.NO_INPUT,
          "no_key",
          file
              + ": "
              + Objects.requireNonNullElse(failure.getReason(), "not readable by this user"),
          "");
    } catch (IOException _) {
      throw new CommandFailure(
          Exit.INVALID, "no_key", file + " holds no Ed25519 key", "expected an Ed25519 key file");
    }
  }
}
