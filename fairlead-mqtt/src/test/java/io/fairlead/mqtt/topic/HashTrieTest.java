package io.fairlead.mqtt.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HashTrieTest {
  private record Word(String key, int value, int hash) implements HashTrie.Leaf<Word> {}

  private static HashTrie.Probe<Word> key(String key) {
    return word -> word.key.equals(key);
  }

  @Test
  void keepsWhatAHashMapKeeps() {
    Seeds.run(
        8,
        random -> {
          // Few hashes, so that clashes and deep branches are common.
          int[] hashes = {0, 1, 32, 1024, 1 << 30, 3 << 30, -1, 0x7FFF_FFFF, random.nextInt()};
          Map<String, Word> expected = new HashMap<>();
          @Nullable HashTrie<Word> trie = null;
          for (int i = 0; i < 2_000; i++) {
            int n = random.nextInt(60);
            String key = "k" + n;
            int hash = n < 30 ? hashes[n % hashes.length] : key.hashCode() * 0x9E3779B9;
            if (random.nextInt(3) > 0) {
              Word word = new Word(key, i, hash);
              trie = HashTrie.put(trie, word, key(key));
              expected.put(key, word);
            } else {
              @Nullable HashTrie<Word> before = trie;
              trie = HashTrie.remove(trie, hash, key(key));
              if (expected.remove(key) == null) assertThat(trie).isSameAs(before);
            }
            assertThat(HashTrie.sizeOf(trie)).isEqualTo(expected.size());
            assertThat(HashTrie.find(trie, hash, key(key))).isEqualTo(expected.get(key));
          }
          List<Word> all = new ArrayList<>();
          HashTrie.forEach(trie, all::add);
          assertThat(all).containsExactlyInAnyOrderElementsOf(expected.values());
          for (int i = 0; i < all.size(); i++) {
            assertThat(HashTrie.nth(java.util.Objects.requireNonNull(trie), i))
                .isSameAs(all.get(i));
          }
          for (Word word : all) trie = HashTrie.remove(trie, word.hash, key(word.key));
          assertThat(trie).isNull();
        });
  }

  @Test
  void anOlderTrieIsNotTouched() {
    HashTrie<Word> one = HashTrie.put(null, new Word("a", 1, 5), key("a"));
    HashTrie<Word> two = HashTrie.put(one, new Word("b", 2, 37), key("b"));
    HashTrie<Word> changed = HashTrie.put(two, new Word("a", 3, 5), key("a"));

    assertThat(HashTrie.find(two, 5, key("a"))).isEqualTo(new Word("a", 1, 5));
    assertThat(HashTrie.find(changed, 5, key("a"))).isEqualTo(new Word("a", 3, 5));
    assertThat(one.size()).isOne();
  }

  @Test
  void afterARemovalTheShapeIsAsIfTheLeafHadNeverBeen() {
    HashTrie<Word> one = HashTrie.put(null, new Word("a", 1, 5), key("a"));
    HashTrie<Word> two = HashTrie.put(one, new Word("b", 2, 5 | 1 << 30), key("b"));

    assertThat(HashTrie.remove(two, 5 | 1 << 30, key("b"))).isSameAs(one);
  }
}
