package io.fairlead.registry.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fairlead.core.time.Clock;
import io.fairlead.testkit.Proc;
import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.crypto.digests.KeccakDigest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/** kill -9 at each step of a plan: the next manager brings file and process together. */
class KilledManagerTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"planned", "written", "reloaded", "verified"})
  void scenarioHTheNextManagerHealsIt(String step) throws Exception {
    assertThat(run("none", "a:1", "b:1")).contains("STATE in_sync");
    try (Proc manager = manager(step, "a:1", "c:1")) {
      manager.awaitLine("AT " + step, Duration.ofSeconds(20));
      manager.signal("KILL");
      manager.awaitExit(Duration.ofSeconds(10));
    }
    long signals = signals();
    assertThat(run("none", "a:1", "c:1")).contains("STATE in_sync");
    assertThat(Files.readString(folder.resolve("obeyed"))).isEqualTo("a:1\nc:1");
    assertThat(Files.readString(folder.resolve("target"))).isEqualTo("a:1\nc:1");
    boolean told = step.equals("planned") || step.equals("written");
    assertThat(signals() - signals).as("told again").isEqualTo(told ? 1 : 0);
    assertThat(folder.resolve("registry.fake.journal")).doesNotExist();
  }

  private long signals() throws Exception {
    return Files.readAllLines(folder.resolve("signals")).size();
  }

  private String run(String... arguments) throws Exception {
    try (Proc manager = manager(arguments)) {
      manager.awaitExit(Duration.ofSeconds(30));
      return manager.stdout();
    }
  }

  private Proc manager(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                ManagerProcess.class.getName(),
                folder.toString()));
    command.addAll(List.of(arguments));
    return Proc.start(command, folder, Map.of());
  }

  /** Where the few classes come from that the process needs, however this test was started. */
  private static String classPath() throws Exception {
    Set<String> places = new LinkedHashSet<>();
    for (Class<?> each :
        List.of(
            ManagerProcess.class,
            Reconciler.class,
            Clock.class,
            MeterRegistry.class,
            KeyValue.class,
            Observation.class,
            JsonMapper.class,
            JsonFactory.class,
            JsonInclude.class,
            KeccakDigest.class,
            Logger.class,
            Nullable.class)) {
      places.add(Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI()) + "");
    }
    return String.join(File.pathSeparator, places);
  }
}
