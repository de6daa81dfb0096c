package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.PasswordForm;
import io.fairlead.net.auth.UsersFileEditor;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code mqtt passwd}: sets or deletes one account of a users file. */
final class PasswordCommand {
  private PasswordCommand() {}

  static Command leaf() {
    return Command.leaf(
        "passwd",
        "set the password of an account in a users file, asked twice",
        List.of(
            flag("take the password from the first line of standard input", "--stdin"),
            flag("delete the account", "-D", "--delete"),
            flag("write a bcrypt hash instead of Argon2id", "--bcrypt"),
            flag("write a hash that Mosquitto reads too", "--mosquitto"),
            flag("write a secret for SCRAM-SHA-256, MQTT's login without sending it", "--scram")),
        List.of(
            new Positional("FILE", true, List.of(), "the users file; made when missing"),
            new Positional("NAME", true, List.of(), "the account")),
        PasswordCommand::run);
  }

  private static int run(Call call) throws CommandFailure, IOException {
    Path file = call.workingDir().resolve(call.word(0).orElse(""));
    String name = call.word(1).orElse("");
    try {
      UsersFileEditor.open(file); // before anybody is asked for a password
      String said =
          call.flag("--delete")
              ? delete(file, name)
              : put(file, name, written(form(call), password(call)));
      call.terminal().say(said);
      return Exit.OK;
    } catch (ConfigException wrong) {
      throw CommandFailure.invalid(file.toString(), wrong.problems());
    } catch (IOException failure) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE, "not_written", file + ": " + failure.getMessage(), "");
    }
  }

  private static String delete(Path file, String name)
      throws CommandFailure, IOException, ConfigException {
    AtomicBoolean there = new AtomicBoolean();
    UsersFileEditor.edit(
        file,
        editor -> {
          there.set(editor.remove(name));
          return there.get();
        });
    if (there.get()) return name + " was deleted from " + file;
    throw new CommandFailure(Exit.FAILURE, "no_such_user", file + " has no account " + name, "");
  }

  private static String put(Path file, String name, String hash)
      throws IOException, ConfigException {
    AtomicBoolean added = new AtomicBoolean();
    UsersFileEditor.edit(
        file,
        editor -> {
          added.set(editor.put(name, hash));
          return true;
        });
    return name + (added.get() ? " was added to " : " has a new password in ") + file;
  }

  private static String written(PasswordForm form, Secret password) throws CommandFailure {
    try {
      return form.write(password, Randomness.system());
    } catch (IllegalArgumentException unfit) {
      throw CommandFailure.usage(String.valueOf(unfit.getMessage()), "choose another password");
    }
  }

  private static PasswordForm form(Call call) throws CommandFailure {
    boolean bcrypt = call.flag("--bcrypt");
    boolean mosquitto = call.flag("--mosquitto");
    boolean scram = call.flag("--scram");
    if (bcrypt && mosquitto || scram && (bcrypt || mosquitto)) {
      throw CommandFailure.usage("two kinds of hash", "choose one");
    }
    if (bcrypt) return PasswordForm.BCRYPT;
    if (scram) return PasswordForm.SCRAM;
    return mosquitto ? PasswordForm.MOSQUITTO : PasswordForm.ARGON2ID;
  }

  private static Secret password(Call call) throws CommandFailure, IOException {
    Console console = System.console();
    boolean asks = console != null && console.isTerminal() && !call.flag("--stdin");
    String text = asks && console != null ? asked(console) : firstLine();
    if (text.isEmpty()) throw CommandFailure.usage("the password is empty", "write one");
    return Secret.of(text);
  }

  private static String firstLine() throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = lines.readLine();
    return line == null ? "" : line;
  }

  private static String asked(Console console) throws CommandFailure {
    char[] first = console.readPassword("password: ");
    char[] second = console.readPassword("again: ");
    if (first == null || second == null || !Arrays.equals(first, second)) {
      throw CommandFailure.usage("the two passwords differ", "try again");
    }
    Arrays.fill(second, ' ');
    return new String(first);
  }
}
