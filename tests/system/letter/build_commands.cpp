// Builds. A part of one story: each goes on where the one before ended.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

std::vector<LetterCommand> build_commands() {
  return {
      // Building.
      {"build", "docker build -t app:1 app"},
      {"build again, from the cache", "docker build -t app:1 app"},
      {"build after an edit", "echo changed >> app/src/a.txt; docker build -t app:2 app; echo a > app/src/a.txt"},
      {"build without the cache", "docker build --no-cache -t app:3 app"},
      {"build with an argument", "docker build --build-arg GREETING=bye --build-arg UNUSED=1 -t app:4 app"},
      {"build quietly", "docker build -q -t app:1 app"},
      {"build another file", "docker build -f app/Other -t other:1 app"},
      {"build with labels", "docker build --label made=here -f app/Other -t other:2 app && docker inspect -f '{{json .Config.Labels}}' other:2"},
      {"build from the input", "docker build -t other:3 - < app/Other"},
      {"build keeping the containers", "docker build --rm=false --no-cache -f app/Other app; docker rm $(docker ps -aq) >/dev/null"},
      {"run what was built", "docker run --rm app:1"},
      {"run what was built with arguments", "docker run --rm app:1 three"},
      {"history of the build", "docker history app:1"},
      {"history of the build, whole", "docker history --no-trunc --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' app:1"},
      {"inspect the build", "docker inspect app:1"},
      {"images after the builds", "docker images"},
      {"build with an unknown instruction", "docker build bad-instruction"},
      {"build with a syntax error", "docker build bad-syntax"},
      {"build without FROM", "docker build bad-from"},
      {"build with COPY of a missing file", "docker build bad-copy"},
      {"build with a RUN that fails", "docker build bad-run; docker rm $(docker ps -aq) >/dev/null"},
      {"build with an absent base", "docker build bad-base"},
      // Each of these is a Dockerfile of one line behind FROM.
      {"build with stages", "printf 'FROM busybox AS one\\nRUN mkdir /s && echo 1 > /s/a && ln -s a /s/l\\nFROM scratch AS two\\nCOPY --from=one /s /t\\nFROM busybox\\nCOPY --from=two /t /t\\nCOPY --from=0 --chown=5:6 /s/l /u\\nCOPY --from=busybox /etc/passwd /p\\nRUN stat -c \"%%A %%u %%g %%n\" /t /t/a /t/l /u; cat /t/l\\n' | docker build -t stages:1 -"},
      {"build with stages, from the cache", "printf 'FROM busybox AS one\\nRUN mkdir /s && echo 1 > /s/a && ln -s a /s/l\\nFROM scratch AS two\\nCOPY --from=one /s /t\\n' | docker build -"},
      {"build up to a stage", "printf 'FROM busybox AS one\\nENV a=b\\nFROM busybox\\nENV c=d\\n' | docker build --target one -"},
      {"build up to no stage", "printf 'FROM busybox\\nENV a=b\\n' | docker build --target nope -"},
      {"build from a stage that is not yet", "printf 'FROM busybox\\nCOPY --from=0 /a /b\\n' | docker build -"},
      {"build from a stage that never is", "printf 'FROM busybox\\nCOPY --from=7 /a /b\\n' | docker build -"},
      {"build from nothing", "printf 'FROM busybox\\nCOPY --from=scratch / /b\\n' | docker build -"},
      {"build what only BuildKit can", "for line in 'RUN --mount=type=cache,target=/c true' 'COPY --chmod=700 a /b' 'COPY --link a /b' 'ADD --checksum=sha256:aa a /b' 'RUN --network=none true' 'COPY <<EOF /x'; do printf \"FROM busybox\\n$line\\n\" | docker build -; done"},
      {"build with the forms of ${}", "for form in '${x#b}' '${x%b}' '${x/b/c}' '${x-b}' '${x:=b}' '${x:?m}' '${x:-ok}'; do printf 'FROM busybox\\nLABEL a=%s\\n' \"$form\" | docker build -q -; done"},
      {"build with an archive", "mkdir -p arc/in && echo z > arc/in/z && tar --mtime=@1600000000 --owner=3 --group=4 -C arc -czf arc/a.tgz in && printf 'FROM busybox\\nADD a.tgz /t/\\nCOPY a.tgz /c/\\nRUN stat -c \"%%A %%u %%g %%n\" /t/in /t/in/z /c/a.tgz\\n' > arc/Dockerfile && docker build arc"},
      {"build from a tar that is compressed", "tar -C app -cJf - . | docker build -q -f Other - >/dev/null && echo built"},
      {"build from an empty input", "printf '' | docker build -"},
      {"build with the file on the input", "docker build -q -f - app < app/Other >/dev/null && echo built"},
      {"build with both on the input", "docker build -f - - < app/Other"},
      {"build and pass a cache", "docker build -q --cache-from other:3 --cache-from nowhere:1 -f app/Other app >/dev/null && echo built"},
      {"build with limits", "docker build -q --memory 64m --cpu-shares 512 --shm-size 1m -f app/Other app >/dev/null && echo built"},
      {"build and write the id", "docker build -q --iidfile id -f app/Other app >/dev/null && grep -c sha256: id"},
      {"build of a repository that is not there", "docker build git@:nowhere#-x"},
      {"build with an empty file", "docker build bad-empty"},
      {"build of no folder", "docker build nosuchfolder"},
      {"build without a Dockerfile", "docker build app/src"},
      {"build with a file that is absent", "docker build -f nofile app"},
      {"build to a bad name", "docker build -t Bad::Name app"},
      {"build what ignores files", "docker build -q -t ignoring:1 ignoring >/dev/null && docker run --rm ignoring:1"},
      {"rmi of a build", "docker rmi app:1 | grep -c ."},
      {"rmi of what has children", "docker rmi busybox"},
      {"rmi of all", "docker rmi -f app:2 app:3 app:4 other:1 other:2 other:3 ignoring:1 >/dev/null; docker images --format '{{.Repository}}'"},
      {"ps at the end", "docker ps -a"},
  };
}

}  // namespace strates::system_test
