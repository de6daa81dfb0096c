package io.fairlead.app.cli;

import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Explain;
import io.fairlead.core.config.JsonSchema;
import io.fairlead.core.config.Reading;
import java.util.Optional;

/** {@code config show}, {@code config explain}, {@code config schema}: all without a gateway. */
final class ConfigCommands {
  private final Product product;

  ConfigCommands(Product product) {
    this.product = product;
  }

  int show(Call call) throws CommandFailure {
    ConfigSource source =
        call.flag("--defaults")
            ? new ConfigSource("<defaults>", "version: 1\n", call.workingDir())
            : ConfigFiles.read(call).source();
    Reading<?> reading = product.read(source);
    if (reading.value().isEmpty()) {
      throw CommandFailure.invalid(source.fileName(), reading.problems());
    }
    String text = call.json() ? reading.effective().toJson() : reading.effective().toYaml();
    call.terminal().data(text.stripTrailing());
    return Exit.OK;
  }

  int explain(Call call) throws CommandFailure {
    String path = call.word(0).orElse("");
    Optional<String> text = Explain.at(product.configuration(), path);
    if (text.isEmpty()) {
      throw CommandFailure.usage(
          "no key `" + path + "`",
          Explain.nearest(product.configuration(), path)
              .map(each -> "did you mean `" + each + "`?")
              .orElse("e.g. fairlead config explain limits.connections"));
    }
    call.terminal().data(text.get().stripTrailing());
    return Exit.OK;
  }

  int schema(Call call) {
    call.terminal().data(JsonSchema.of(product.configuration()).stripTrailing());
    return Exit.OK;
  }
}
