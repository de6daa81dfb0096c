package io.fairlead.app.cli;

import io.fairlead.app.convert.ConfigConversion;
import io.fairlead.app.convert.ConfigConversion.Format;
import io.fairlead.app.convert.Conversion;
import io.fairlead.app.convert.ConversionException;
import io.fairlead.app.convert.Includes;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Problem;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * {@code config convert}: another program's configuration as ours. The result goes to standard
 * output, remarks to standard error; the result is read once as {@code validate} reads it.
 */
final class ConvertCommand {
  private final Product product;

  ConvertCommand(Product product) {
    this.product = product;
  }

  int convert(Call call) throws CommandFailure {
    String word = call.word(0).orElse("");
    Format format =
        Format.named(word)
            .orElseThrow(
                () ->
                    CommandFailure.usage(
                        "`" + word + "` is not a format", "use frp, mosquitto, nginx or wmproxy"));
    Path file = call.workingDir().resolve(call.word(1).orElse(""));
    ConfigSource source = ConfigFiles.read(call, file);
    Conversion conversion;
    try {
      conversion = ConfigConversion.convert(format, source, new Includes.Follow());
    } catch (ConversionException wrong) {
      Problem problem = wrong.problem();
      throw new CommandFailure(
          Exit.INVALID,
          "invalid_input",
          problem.place().file()
              + ":"
              + problem.place().line()
              + ":"
              + problem.place().column()
              + ": "
              + problem.message(),
          problem.hint(),
          List.of(Diagnosis.json(problem)));
    }
    List<Problem> problems =
        product
            .read(new ConfigSource("<converted>", conversion.yaml(), call.workingDir()))
            .problems();
    if (call.json()) call.terminal().data(Json.print(document(conversion, problems)));
    else show(call, conversion, problems);
    if (problems.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR)) {
      return CommandFailure.exitCodeOf(problems);
    }
    return call.flag("--strict") && !conversion.remarks().isEmpty() ? Exit.INVALID : Exit.OK;
  }

  private static Map<String, Object> document(Conversion conversion, List<Problem> problems) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead.convert/1");
    document.put("config", conversion.yaml());
    document.put("remarks", conversion.remarks().stream().map(Diagnosis::json).toList());
    document.put("diagnostics", problems.stream().map(Diagnosis::json).toList());
    return document;
  }

  private static void show(Call call, Conversion conversion, List<Problem> problems)
      throws CommandFailure {
    call.terminal().data(conversion.yaml().stripTrailing());
    if (call.flag("--quiet")) return;
    Stream.concat(conversion.remarks().stream(), problems.stream())
        .map(ConvertCommand::line)
        .forEach(call.terminal()::say);
  }

  private static String line(Problem problem) {
    String severity = problem.severity() == Problem.Severity.ERROR ? "error" : "warning";
    String hint = problem.hint().isEmpty() ? "" : " (" + problem.hint() + ")";
    return "%s:%d: %s %s: %s%s"
        .formatted(
            problem.place().file(),
            problem.place().line(),
            severity,
            problem.code(),
            problem.message(),
            hint);
  }
}
