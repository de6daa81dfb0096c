package io.fairlead.http.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileTreeTest {
  @TempDir private Path dir;
  private Path root;

  @BeforeEach
  void plant() throws IOException {
    root = Files.createDirectory(dir.resolve("root"));
    Files.writeString(dir.resolve("secret.txt"), "secret");
    Files.createDirectory(dir.resolve("outside"));
    Files.writeString(dir.resolve("outside/x.txt"), "outside");
    Files.createDirectories(root.resolve("a/b"));
    Files.writeString(root.resolve("index.html"), "index");
    Files.writeString(root.resolve("a/b/f.txt"), "inside");
    Files.createSymbolicLink(root.resolve("link.txt"), root.resolve("a/b/f.txt"));
    Files.createSymbolicLink(root.resolve("linkdir"), root.resolve("a/b"));
    Files.createSymbolicLink(root.resolve("out.txt"), dir.resolve("secret.txt"));
    Files.createSymbolicLink(root.resolve("outdir"), dir.resolve("outside"));
    Files.createSymbolicLink(root.resolve("up"), Path.of(".."));
    Files.createSymbolicLink(root.resolve("loop"), root.resolve("loop"));
    Files.createSymbolicLink(root.resolve("dangling"), root.resolve("nowhere"));
  }

  private FilesConfig config(FilesConfig.Symlinks symlinks, Coding... precompressed) {
    return new FilesConfig(
        root,
        List.of("index.html"),
        List.of(),
        symlinks,
        List.of(precompressed),
        Compression.NONE,
        CacheRules.NONE,
        Map.of(),
        false,
        Fallbacks.NONE,
        CrossOrigin.NONE,
        Optional.empty());
  }

  private String open(FilesConfig config, String path, Coding... codings) throws IOException {
    FilePath.Names names = (FilePath.Names) FilePath.decode(path, config.hide());
    FileTree.Found found = new FileTree(config).open(names, List.of(codings));
    if (!(found instanceof FileTree.Found.File file)) return found.getClass().getSimpleName();
    try (FileChannel channel = file.channel()) {
      assertThat(channel.size()).isEqualTo(file.size());
      return file.coding().map(Coding::token).orElse("plain");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b/f.txt,       plain,     plain,   plain",
    "/,                plain,     plain,   plain",
    "/a/b,             Directory, Directory, Directory",
    "/a/b/,            Nothing,   Nothing, Nothing",
    "/a/b/f.txt/,      Nothing,   Nothing, Nothing",
    "/a/b/f.txt/x,     Nothing,   Nothing, Nothing",
    "/missing,         Nothing,   Nothing, Nothing",
    "/link.txt,        plain,     Nothing, plain",
    "/linkdir/f.txt,   plain,     Nothing, plain",
    "/out.txt,         Nothing,   Nothing, plain",
    "/outdir/x.txt,    Nothing,   Nothing, plain",
    "/up/secret.txt,   Nothing,   Nothing, plain",
    "/up/root/index.html, plain,  Nothing, plain",
    "/loop,            Nothing,   Nothing, Nothing",
    "/dangling,        Nothing,   Nothing, Nothing"
  })
  void linksFollowTheRule(String path, String within, String never, String follow)
      throws IOException {
    assertThat(open(config(FilesConfig.Symlinks.WITHIN_ROOT), path)).isEqualTo(within);
    assertThat(open(config(FilesConfig.Symlinks.NEVER), path)).isEqualTo(never);
    assertThat(open(config(FilesConfig.Symlinks.FOLLOW), path)).isEqualTo(follow);
  }

  @Test
  void theRootItselfMayBeALink() throws IOException {
    Path current = Files.createSymbolicLink(dir.resolve("current"), root);
    FilesConfig linked = FilesConfig.of(current);
    assertThat(open(linked, "/a/b/f.txt")).isEqualTo("plain");
  }

  @Test
  void takesASiblingThatIsNotOlder() throws IOException {
    FilesConfig config = config(FilesConfig.Symlinks.WITHIN_ROOT, Coding.BR, Coding.GZIP);
    Path sibling = Files.writeString(root.resolve("a/b/f.txt.br"), "compressed");
    Files.setLastModifiedTime(root.resolve("a/b/f.txt"), FileTime.from(Instant.ofEpochSecond(50)));
    Files.setLastModifiedTime(sibling, FileTime.from(Instant.ofEpochSecond(50)));
    assertThat(open(config, "/a/b/f.txt", Coding.GZIP, Coding.BR)).isEqualTo("br");
    assertThat(open(config, "/a/b/f.txt")).isEqualTo("plain");
    Files.setLastModifiedTime(sibling, FileTime.from(Instant.ofEpochSecond(49)));
    assertThat(open(config, "/a/b/f.txt", Coding.BR)).isEqualTo("plain");
  }

  @Test
  void aSiblingMayNotLeadOutside() throws IOException {
    FilesConfig config = config(FilesConfig.Symlinks.WITHIN_ROOT, Coding.BR);
    Files.createSymbolicLink(root.resolve("index.html.br"), dir.resolve("secret.txt"));
    assertThat(open(config, "/", Coding.BR)).isEqualTo("plain");
  }
}
