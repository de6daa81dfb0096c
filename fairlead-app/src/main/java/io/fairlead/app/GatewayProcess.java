package io.fairlead.app;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.app.reload.First;
import io.fairlead.app.systemd.Supervision;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.ConfigDocument;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Diagnostics;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.NetCodes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One gateway from its command line to its exit code: reads, starts, serves, follows signals,
 * drains.
 */
public final class GatewayProcess {
  private static final int OK = 0;
  private static final int FAILURE = 1;
  private static final int INVALID = 65;
  private static final int NO_INPUT = 66;
  private static final int REFUSED_BY_RULE = 78;
  private static final int UNKNOWN_ENTRIES = 6;
  private static final int ADDRESS_IN_USE = 98;
  private static final int INTERRUPTED = 130;

  private final LaunchOptions options;
  private final Console console;

  private GatewayProcess(LaunchOptions options, Console console) {
    this.options = options;
    this.console = console;
  }

  /** Only reads: every problem, nothing opened. */
  public static Reading<GatewayConfig> read(ConfigSource source) {
    return ConfigReader.read(GatewayConfig.TYPE, source, Environment.ofProcess());
  }

  /** Reads, starts, serves until stopped by signal or control API; returns the exit code. */
  public static int run(LaunchOptions options, Console console) {
    return new GatewayProcess(options, console).run();
  }

  private int run() {
    Environment environment = Environment.ofProcess();
    GatewayConfigLoader loader =
        options
            .configFile()
            .map(file -> GatewayConfigLoader.ofFile(file, environment))
            .orElseGet(() -> GatewayConfigLoader.ofText(options.source(), environment))
            .preferring(options.logFormat());
    FirstConfig source = new FirstConfig(loader);
    try (Beginning beginning = Beginning.of(options)) {
      Succession succession = beginning.succession();
      try {
        return run(loader, source.written(), succession);
      } catch (ConfigException wrong) {
        Optional<First<GatewayConfig>> good = instead(source, wrong.problems());
        if (good.isEmpty()) throw wrong;
        return run(loader, refused(wrong.problems(), loader.document(), good.get()), succession);
      } catch (StartException failure) {
        if (!(failure.getCause() instanceof ConfigException wrong)) throw failure;
        Optional<First<GatewayConfig>> good = instead(source, wrong.problems());
        if (good.isEmpty()) throw failure;
        return run(loader, refused(wrong.problems(), loader.document(), good.get()), succession);
      }
    } catch (ConfigException refused) {
      return refused(refused.problems(), loader.document());
    } catch (StartException failure) {
      if (failure.getCause() instanceof ConfigException problems) {
        return refused(problems.problems(), loader.document());
      }
      console.err("fairlead: " + failure.getMessage());
      return switch (failure.reason()) {
        case ADDRESS_IN_USE -> ADDRESS_IN_USE;
        case UNSAFE -> REFUSED_BY_RULE;
        case RESOURCE, OTHER -> FAILURE;
      };
    } catch (IOException failure) {
      console.err("fairlead: " + failure.getMessage());
      return FAILURE;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return INTERRUPTED;
    }
  }

  private int run(GatewayConfigLoader loader, First<GatewayConfig> first, Succession succession)
      throws StartException, InterruptedException, IOException {
    ReloadEngine.Manner manner =
        new ReloadEngine.Manner(
            loader, options.watch(), !options.adHoc() && !options.checkOnly(), succession.beside());
    try (Gateway gateway = new Gateway(manner, first, Clock.system(), succession)) {
      if (options.checkOnly()) {
        gateway.check();
        console.out("configuration is valid and everything it names can be opened");
        return OK;
      }
      first.degraded().ifPresent(why -> console.err("fairlead: " + why));
      return serve(gateway);
    }
  }

  /**
   * What to start with instead of what is wrong, if that was asked for. Not in the place of another
   * process: that one runs what is good.
   */
  private Optional<First<GatewayConfig>> instead(FirstConfig source, List<Problem> problems) {
    return options.lastGood() && options.offer().isEmpty()
        ? source.lastGood(FirstConfig.reason(problems))
        : Optional.empty();
  }

  private First<GatewayConfig> refused(
      List<Problem> problems, Optional<ConfigDocument> document, First<GatewayConfig> instead) {
    var _ = refused(problems, document); // says them; its exit code is for an end we do not come to
    return instead;
  }

  private int serve(Gateway gateway) throws StartException, InterruptedException, IOException {
    boolean hupIgnored = Signals.hupIgnored();
    long pid = ProcessHandle.current().pid();
    try (Signals signals = Signals.install(new Wishes(gateway));
        Supervision above =
            Supervision.of(Environment.ofProcess(), pid, gateway.pulse(), Clock.system())) {
      gateway.reload().witness(above);
      gateway.successor().tell(above::mainPid);
      // Until the process before us is out, the manager listens to that one only.
      if (options.offer().isEmpty()) above.starting();
      gateway.start();
      FirstScreen.lines(gateway, options).forEach(this::say);
      if (hupIgnored && !options.adHoc()) {
        console.err(
            "SIGHUP was ignored when this process began, so it will not reload: start it without"
                + " nohup, or use `fairlead reload`");
      }
      Optional<PidFile> pidFile = gateway.config().runtime().pidFile().map(PidFile::new);
      if (pidFile.isPresent()) pidFile.get().write();
      above.ready();
      gateway.awaitStop();
      above.stopping();
      gateway.end();
      if (pidFile.isPresent()) pidFile.get().remove();
      return gateway.registry().ended().isPresent() ? UNKNOWN_ENTRIES : OK;
    }
  }

  private void say(String line) {
    if (!console.quiet()) console.err(line);
  }

  private int refused(List<Problem> problems, Optional<ConfigDocument> document) {
    for (Problem problem : problems) {
      String text = document.map(found -> found.shownText(problem.place().file())).orElse("");
      console.err(Diagnostics.render(problem, text, console.colour()));
    }
    if (problems.stream().anyMatch(problem -> problem.place().file().startsWith("<api "))) {
      console.err(
          "fairlead: what was set through the control API is kept in config.json of the state"
              + " directory; remove that file to start without it");
    }
    if (problems.stream()
        .anyMatch(problem -> problem.code().equals(NetCodes.ADDRESS_IN_USE.id()))) {
      return ADDRESS_IN_USE;
    }
    if (problems.stream().anyMatch(problem -> problem.code().startsWith("F21"))) {
      return REFUSED_BY_RULE;
    }
    return problems.stream().anyMatch(p -> p.code().equals(GatewayCodes.UNREADABLE.id()))
        ? NO_INPUT
        : INVALID;
  }

  private final class Wishes implements Signals.Wishes {
    private final Gateway gateway;
    private int stops; // guarded by this

    Wishes(Gateway gateway) {
      this.gateway = gateway;
    }

    @Override
    public void reload() {
      gateway.reloadOnSignal();
    }

    @Override
    public void stop(String name) {
      int count;
      synchronized (this) {
        count = ++stops;
      }
      // At a terminal the person is waiting; nobody needs the announcement of a one-liner's end.
      boolean atOnce = count > 1 || (options.adHoc() && console.tty() && name.equals("INT"));
      gateway.requestStop(
          new StopRequest(
              atOnce ? Optional.of(Duration.ZERO) : Optional.empty(), new Who("signal", name)));
    }
  }
}
