package io.fairlead.app.cli;

import io.fairlead.app.Version;
import io.fairlead.app.doctor.Finding;
import io.fairlead.app.doctor.Finding.Level;
import io.fairlead.app.doctor.RunningGateway;
import io.fairlead.core.config.Reading;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** {@code doctor}: exit 0 all well, 3 something doubtful, 1 something will fail. */
final class DoctorCommand {
  private final Product product;
  private final ControlCommands control;

  DoctorCommand(Product product, ControlCommands control) {
    this.product = product;
    this.control = control;
  }

  int doctor(Call call) throws CommandFailure, IOException {
    Optional<Path> audit = call.path("--audit");
    if (audit.isPresent()) return report(call, List.of(product.auditFinding(audit.get())));

    Optional<Path> file = ConfigFiles.locate(call).filter(each -> !each.endsWith("-"));
    Optional<ConfigFiles.Found> found =
        file.isPresent() || ConfigFiles.named(call).isPresent()
            ? Optional.of(ConfigFiles.read(call))
            : Optional.empty();
    Optional<RunningGateway> running = control.gateway(call);
    List<Finding> findings =
        product.examine(
            found.map(ConfigFiles.Found::source), file, running, call.flag("--security"));
    Optional<Path> bundle = call.path("--bundle");
    if (bundle.isPresent()) {
      Optional<Reading<?>> reading = found.map(each -> product.read(each.source()));
      bundle(call, bundle.get(), findings, reading);
      if (!call.flag("--quiet")) {
        call.terminal().say("written: " + bundle.get() + " (look through it before you send it)");
      }
    }
    return report(call, findings);
  }

  private static int report(Call call, List<Finding> findings) throws CommandFailure {
    if (call.json()) {
      call.terminal().data(Json.print(document(findings)));
    } else {
      for (Finding finding : findings) {
        if (call.flag("--quiet") && finding.level() == Level.OK) continue;
        call.terminal()
            .data("%-4s  %-22s %s".formatted(word(finding), finding.check(), finding.message()));
        if (!finding.fix().isEmpty()) call.terminal().data("      fix: " + finding.fix());
      }
    }
    if (count(findings, Level.FAIL) > 0) return Exit.FAILURE;
    return count(findings, Level.WARN) > 0 ? Exit.DEGRADED : Exit.OK;
  }

  private static Map<String, Object> document(List<Finding> findings) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Finding finding : findings) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("check", finding.check());
      each.put("level", word(finding));
      each.put("message", finding.message());
      each.put("fix", finding.fix());
      list.add(each);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead.doctor/1");
    for (Level level : Level.values()) {
      document.put(level.name().toLowerCase(Locale.ROOT), count(findings, level));
    }
    document.put("findings", list);
    return document;
  }

  /** What somebody who helps from afar needs, and no secret: mode 0600 all the same. */
  private void bundle(Call call, Path file, List<Finding> findings, Optional<Reading<?>> reading)
      throws CommandFailure, IOException {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("doctor.json", Json.print(document(findings)));
    parts.put("version.txt", Version.current() + "\nJava " + Runtime.version() + "\n");
    Set<String> names = new TreeSet<>(call.environment().keySet());
    parts.put("environment-names.txt", String.join("\n", names) + "\n");
    reading.ifPresent(read -> parts.put("config.yaml", read.effective().toYaml()));
    control.reports(call).forEach(parts::put);
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE);
          ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8)) {
        for (Map.Entry<String, String> part : parts.entrySet()) {
          zip.putNextEntry(new ZipEntry("fairlead/" + part.getKey()));
          zip.write(part.getValue().getBytes(StandardCharsets.UTF_8));
          zip.closeEntry();
        }
      }
    } catch (IOException failure) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE, "cannot_create", file + ": cannot be written: " + failure, "");
    }
  }

  private static long count(List<Finding> findings, Level level) {
    return findings.stream().filter(finding -> finding.level() == level).count();
  }

  private static String word(Finding finding) {
    return finding.level().name().toLowerCase(Locale.ROOT);
  }
}
