package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;

import io.fairlead.app.demo.DemoFailureException;
import io.fairlead.app.demo.RegistryDemo;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code demo registry}: what the product is for, played on this machine. */
final class DemoCommands {
  private DemoCommands() {}

  static Command group() {
    return Command.group(
        "demo",
        "see it work on this machine, in a minute, without any set-up",
        List.of(
            Command.leaf(
                "registry",
                "one revocation on a chain closes a proxy, MQTT, a tunnel and an upstream",
                List.of(flag("the built-in emulator, even if anvil is installed", "--emulator")),
                List.of(),
                DemoCommands::registry)));
  }

  private static int registry(Call call) throws CommandFailure, IOException, InterruptedException {
    boolean quiet = call.json();
    boolean colour = CliConsole.colour(call, call.terminal().outTty());
    RegistryDemo.Audience audience =
        new RegistryDemo.Audience() {
          @Override
          public void line(String text) {
            if (quiet) return;
            call.terminal().data(text);
            call.terminal().out().flush();
          }

          @Override
          public boolean colour() {
            return colour;
          }

          @Override
          public boolean utf8() {
            return call.terminal().utf8();
          }
        };
    try {
      Map<String, Object> report =
          new RegistryDemo(audience, call.environment(), call.flag("--emulator")).play();
      if (call.json()) call.terminal().data(Json.print(report));
      return Exit.OK;
    } catch (DemoFailureException failure) {
      throw new CommandFailure(Exit.FAILURE, "demo", String.valueOf(failure.getMessage()), "");
    }
  }
}
