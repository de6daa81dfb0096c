package io.fairlead.registry.action;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.ActionResult.Done;
import io.fairlead.registry.action.ActionResult.Failed;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Engine API as it is spoken, against a scripted engine on a real socket. */
class DockerActionTest {
  private static final String RUNNING =
      "{\"Path\":\"/usr/bin/proxy\",\"State\":{\"Running\":true,\"Pid\":0},\"Mounts\":[]}";

  @TempDir Path folder;
  private ScriptedEngine engine;

  @BeforeEach
  void start() throws IOException {
    engine = new ScriptedEngine(folder.resolve("e.sock"));
  }

  @AfterEach
  void stop() throws IOException {
    engine.close();
  }

  @Test
  void asksForTheVersionAndSendsHup() throws Exception {
    engine.answer("GET /v1.43/containers/proxy/json", 200, RUNNING);
    engine.answer("POST /v1.43/containers/proxy/kill?signal=SIGHUP", 204, "");
    assertThat(Fixture.run(action("proxy"))).isEqualTo(new Done(""));
    assertThat(engine.asked())
        .containsExactly(
            "GET /_ping",
            "GET /v1.43/containers/proxy/json",
            "POST /v1.43/containers/proxy/kill?signal=SIGHUP");
  }

  @Test
  void anOldEngineIsAskedInItsOwnVersionAndMayAnswerInChunks() throws Exception {
    engine.answer("GET /_ping", 200, "OK", "Api-Version: 1.40\r\n");
    String chunked = Integer.toHexString(RUNNING.length()) + "\r\n" + RUNNING + "\r\n0\r\n\r\n";
    engine.answer(
        "GET /v1.40/containers/proxy/json", 200, chunked, "Transfer-Encoding: chunked\r\n");
    engine.answer("POST /v1.40/containers/proxy/kill?signal=SIGHUP", 204, "");
    assertThat(Fixture.run(action("proxy"))).isEqualTo(new Done(""));
  }

  @Test
  void aNameIsEscaped() throws Exception {
    assertThat(Fixture.run(action("a/../b c?"))).isInstanceOf(Failed.class);
    assertThat(engine.asked().getLast()).isEqualTo("GET /v1.43/containers/a%2F..%2Fb%20c%3F/json");
  }

  @Test
  void whatTheEngineRefusesIsAFailure() throws Exception {
    assertThat(Fixture.run(action("none")))
        .isInstanceOfSatisfying(Failed.class, f -> assertThat(f.reason()).contains("http 404"));
    engine.answer("GET /v1.43/containers/proxy/json", 200, RUNNING);
    engine.answer(
        "POST /v1.43/containers/proxy/kill?signal=SIGHUP",
        409,
        "{\"message\":\"container is not running\"}");
    assertThat(Fixture.run(action("proxy")))
        .isEqualTo(new Failed("docker kill proxy: http 409, container is not running"));
    engine.answer("POST /v1.43/containers/proxy/kill?signal=SIGHUP", 500, "{}");
    assertThat(Fixture.run(action("proxy"))).isInstanceOf(Failed.class);
    engine.answer("GET /v1.43/containers/proxy/json", 200, "{\"State\":{\"Running\":false}}");
    assertThat(Fixture.run(action("proxy")))
        .isEqualTo(new Failed("container proxy is not running"));
  }

  @Test
  void noSocketAndNoEngineAreFailures() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(Fixture.run(of("proxy", Optional.of("unix://" + file), List.of(), Map.of())))
        .isInstanceOfSatisfying(Failed.class, f -> assertThat(f.reason()).contains("not a socket"));
    assertThat(Fixture.run(of("proxy", Optional.of("tcp://127.0.0.1:1"), List.of(), Map.of())))
        .isInstanceOfSatisfying(Failed.class, f -> assertThat(f.reason()).contains("without TLS"));
    engine.close();
    assertThat(Fixture.run(action("proxy"))).isInstanceOf(Failed.class);
  }

  @Test
  void theEnvironmentNamesTheSocket() throws Exception {
    engine.answer("GET /v1.43/containers/proxy/json", 200, RUNNING);
    engine.answer("POST /v1.43/containers/proxy/kill?signal=SIGHUP", 204, "");
    Map<String, String> environment = Map.of("DOCKER_HOST", engine.address());
    assertThat(Fixture.run(of("proxy", Optional.empty(), List.of(), environment)))
        .isEqualTo(new Done(""));
  }

  @Test
  void aProgramInTheContainerReplacesTheSignal() throws Exception {
    engine.answer("GET /v1.43/containers/proxy/json", 200, RUNNING);
    engine.answer(
        "POST /v1.43/containers/proxy/exec {\"AttachStdout\":false,\"Cmd\":[\"kill\",\"-HUP\",\"7\"]}",
        201,
        "{\"Id\":\"e1\"}");
    engine.answer(
        "POST /v1.43/containers/proxy/exec {\"Cmd\":[\"kill\",\"-HUP\",\"7\"],\"AttachStdout\":false}",
        201,
        "{\"Id\":\"e1\"}");
    engine.answer("POST /v1.43/exec/e1/start {\"Detach\":true}", 200, "");
    engine.answer("GET /v1.43/exec/e1/json", 200, "{\"Running\":false,\"ExitCode\":0}");
    ReloadAction action =
        of("proxy", Optional.of(engine.address()), List.of("kill", "-HUP", "7"), Map.of());
    assertThat(Fixture.run(action)).isEqualTo(new Done(""));
    engine.answer("GET /v1.43/exec/e1/json", 200, "{\"Running\":false,\"ExitCode\":1}");
    assertThat(Fixture.run(action)).isEqualTo(new Failed("[kill, -HUP, 7] ended with 1"));
  }

  @Test
  void aMountOfTheFileItselfIsSeen() throws Exception {
    Path file = Files.writeString(folder.resolve("proxy.yaml"), "");
    engine.answer(
        "GET /v1.43/containers/proxy/json",
        200,
        "{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\""
            + folder
            + "\"},"
            + "{\"Type\":\"bind\",\"Source\":\""
            + file
            + "\"}]}");
    assertThat(action("proxy").holdsTheFileItself(file)).isTrue();
    engine.answer(
        "GET /v1.43/containers/proxy/json",
        200,
        "{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"" + folder + "\"}]}");
    assertThat(action("proxy").holdsTheFileItself(file)).isFalse();
    engine.close();
    assertThat(action("proxy").holdsTheFileItself(file)).isFalse();
  }

  @Test
  void aShellAsProcessOneSwallowsTheSignalAndIsNamed() throws Exception {
    engine.answer(
        "GET /v1.43/containers/proxy/json", 200, RUNNING.replace("/usr/bin/proxy", "/bin/sh"));
    engine.answer("POST /v1.43/containers/proxy/kill?signal=SIGHUP", 204, "");
    assertThat(Fixture.run(action("proxy")))
        .isInstanceOfSatisfying(
            Done.class, done -> assertThat(done.note()).contains("sh, which swallows HUP"));
  }

  /** A real process 1 that is a shell: the signal reaches neither it nor its program. */
  @Test
  void aRealShellAsProcessOneSwallowsTheSignal() throws Exception {
    Proc init =
        Proc.start(
            Peers.require("unshare").toString(),
            "--pid",
            "--fork",
            "sh",
            "-c",
            "echo up; sleep 600; true");
    try (init) {
      try {
        init.awaitLine("up", Duration.ofSeconds(10));
      } catch (AssertionError notAllowed) {
        Assumptions.abort("no process namespaces here: " + notAllowed.getMessage());
      }
      ProcessHandle shell =
          ProcessHandle.of(init.pid()).orElseThrow().children().findFirst().orElseThrow();
      engine.answer(
          "GET /v1.43/containers/proxy/json",
          200,
          "{\"Path\":\"entry\",\"State\":{\"Running\":true,\"Pid\":" + shell.pid() + "}}");
      engine.answer("POST /v1.43/containers/proxy/kill?signal=SIGHUP", 204, "");
      assertThat(Fixture.run(action("proxy")))
          .isInstanceOfSatisfying(
              Done.class, done -> assertThat(done.note()).contains("swallows HUP"));
      ActionResult sent =
          PidAction.signal(
              ProcessTable.system(), Pause.system(), shell.pid(), false, _ -> Optional.empty());
      assertThat(sent).as("the kernel takes it").isEqualTo(new Done(""));
      assertThat(shell.isAlive()).as("and nobody reacts").isTrue();
    }
  }

  private ReloadAction action(String container) {
    return of(container, Optional.of(engine.address()), List.of(), Map.of());
  }

  private static ReloadAction of(
      String container,
      Optional<String> socket,
      List<String> exec,
      Map<String, String> environment) {
    return new DockerAction(
        new ReloadConfig.Docker(container, socket, exec, Optional.empty(), Duration.ofSeconds(5)),
        environment,
        Clock.system(),
        Pause.system());
  }
}
