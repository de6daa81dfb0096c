package io.fairlead.app.cli;

import io.fairlead.core.config.Explain;
import io.fairlead.core.config.JsonSchema;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import java.util.Optional;

/** {@code config show}, {@code config explain}, {@code config schema}: all without a gateway. */
final class ConfigCommands {
  private final Product product;

  ConfigCommands(Product product) {
    this.product = product;
  }

  int show(Call call) throws CommandFailure {
    if (call.flag("--defaults")) {
      call.terminal().data(Explain.defaults(product.configuration()).stripTrailing());
      return Exit.OK;
    }
    ConfigFiles.Found found = ConfigFiles.read(call);
    Reading<?> reading = product.read(found.source());
    if (reading.problems().stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR)) {
      throw CommandFailure.invalid(found.source().fileName(), reading.problems());
    }
    String text = call.json() ? reading.effective().toJson() : reading.effective().toYaml();
    call.terminal().data(text.stripTrailing());
    return Exit.OK;
  }

  int explain(Call call) throws CommandFailure {
    String path = call.word(0).orElse("");
    Optional<String> text = Explain.at(product.configuration(), path);
    call.terminal().data(
        text.orElseThrow(
                () ->
                    CommandFailure.usage(
                        "no key `" + path + "`", "e.g. fairlead config explain limits.connections"))
            .stripTrailing());
    return Exit.OK;
  }

  int schema(Call call) {
    call.terminal().data(JsonSchema.of(product.configuration()).stripTrailing());
    return Exit.OK;
  }
}
