package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.ActionResult;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.action.Occasion;
import io.fairlead.registry.action.ProcessTable;
import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** nginx answers by its new configuration after each kind of reload. */
class NginxReloadIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;
  private Path program;
  private Proc nginx;
  private int port;

  @BeforeEach
  void start() throws Exception {
    program = Peers.require("nginx");
    for (int attempt = 1; ; attempt++) {
      port = NginxOrigin.freePort();
      configure("first");
      nginx = Proc.start(words());
      try {
        nginx.awaitPort(port, SOON);
        return;
      } catch (AssertionError taken) {
        nginx.close();
        if (attempt == 5) throw taken;
      }
    }
  }

  @AfterEach
  void stop() {
    if (nginx != null) nginx.close();
  }

  @Test
  void byPidPidFileAndProgram() throws Exception {
    assertThat(answer()).isEqualTo("first");
    reloads("by pid", ReloadConfig.Pid.of(nginx.pid()));
    reloads("by pid file", ReloadConfig.PidPath.of(folder.resolve("nginx.pid")));
    String[] words = words();
    List<String> argv = new java.util.ArrayList<>(List.of(words));
    argv.addAll(List.of("-s", "reload"));
    reloads("by program", new ReloadConfig.Exec(argv, List.of(0), Duration.ofSeconds(20)));
  }

  private void reloads(String text, ReloadConfig how) throws Exception {
    configure(text);
    Actions actions =
        new Actions(
            Clock.system(),
            Pause.system(),
            new Meters(new SimpleMeterRegistry()),
            ProcessTable.system(),
            Map.of());
    Occasion occasion =
        new Occasion(
            "nginx", "p", folder.resolve("nginx.conf"), List.of(), List.of(), "", Optional.empty());
    assertThat(actions.reloading(how).run(occasion)).isEqualTo(new ActionResult.Done(""));
    await().atMost(SOON).untilAsserted(() -> assertThat(answer()).isEqualTo(text));
  }

  private String answer() throws IOException {
    try (var in = URI.create("http://127.0.0.1:" + port + "/").toURL().openStream()) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  private String[] words() {
    return new String[] {
      program.toString(),
      "-p",
      folder.toString(),
      "-e",
      "error.log",
      "-c",
      folder.resolve("nginx.conf").toString()
    };
  }

  private void configure(String text) throws IOException {
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        pid @DIR@/nginx.pid;
        worker_processes 1;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path @DIR@/body;
          proxy_temp_path @DIR@/proxy;
          fastcgi_temp_path @DIR@/fastcgi;
          uwsgi_temp_path @DIR@/uwsgi;
          scgi_temp_path @DIR@/scgi;
          server { listen 127.0.0.1:@PORT@; location / { return 200 "@TEXT@"; } }
        }
        """
            .replace("@DIR@", folder.toString())
            .replace("@PORT@", Integer.toString(port))
            .replace("@TEXT@", text));
  }
}
