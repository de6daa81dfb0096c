package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.mqtt.rocksdb.StoreReport;
import io.fairlead.mqtt.rocksdb.StoreSalvage;
import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code mqtt store check | salvage}: what the broker left on disk, while no gateway uses it. */
final class MqttStoreCommands {
  private MqttStoreCommands() {}

  static Command group() {
    Positional directory = new Positional("DIR", true, List.of(), "e.g. state/mqtt");
    return Command.group(
        "store",
        "the files of a broker that is stopped",
        List.of(
            Command.leaf(
                "check",
                "read everything; 0 when it is sound, 65 when it is damaged",
                List.of(),
                List.of(directory),
                MqttStoreCommands::check),
            Command.leaf(
                "salvage",
                "write what can be read into a new store; 3 when something is lost",
                List.of(value("DIR", "the new store: empty or not there", "--to")),
                List.of(directory),
                MqttStoreCommands::salvage)));
  }

  private static int check(Call call) throws CommandFailure, IOException {
    Path store = directory(call);
    StoreReport report = with(scratch -> StoreSalvage.check(store, scratch));
    say(call, store, report);
    return report.sound() ? Exit.OK : Exit.INVALID;
  }

  private static int salvage(Call call) throws CommandFailure, IOException {
    Path store = directory(call);
    String to =
        call.value("--to")
            .orElseThrow(
                () -> CommandFailure.usage("where to?", "--to DIR, a directory not there yet"));
    Path target = call.workingDir().resolve(to);
    StoreReport report = with(scratch -> StoreSalvage.salvage(store, target, scratch));
    say(call, store, report);
    return report.sound() ? Exit.OK : Exit.DEGRADED;
  }

  private static Path directory(Call call) {
    return call.workingDir().resolve(call.word(0).orElse(""));
  }

  /** What is done in a directory of our own. */
  private interface Work {
    StoreReport in(Path scratch) throws StoreException;
  }

  private static StoreReport with(Work work) throws CommandFailure, IOException {
    Path scratch = Files.createTempDirectory("fairlead-store");
    try {
      return work.in(scratch);
    } catch (StoreException failure) {
      throw new CommandFailure(
          Exit.IO, failure.code().id(), String.valueOf(failure.getMessage()), failure.fix());
    } finally {
      try (Stream<Path> all = Files.walk(scratch)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
      }
    }
  }

  private static void say(Call call, Path store, StoreReport report) throws CommandFailure {
    if (call.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("store", store.toString());
      document.put("sound", report.sound());
      document.put("kept", report.kept());
      document.put("lost", report.lost());
      document.put("problems", report.problems());
      call.terminal().data(Json.print(document));
      return;
    }
    report.kept().forEach((part, count) -> call.terminal().data(part + ": " + count));
    for (String problem : report.problems()) call.terminal().data("problem: " + problem);
    call.terminal().data(report.sound() ? "sound" : "damaged");
  }
}
