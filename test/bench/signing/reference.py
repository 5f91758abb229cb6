"""Hashes a directory with model_signing; prints what it cost. Its own start is left out."""
import json, pathlib, resource, sys, time
import model_signing

folder = pathlib.Path(sys.argv[1])
size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
begin = time.perf_counter()
before = resource.getrusage(resource.RUSAGE_SELF)
model_signing.hashing.Config().hash(folder)
after = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "bytes": size,
    "seconds": time.perf_counter() - begin,
    "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    "rss": after.ru_maxrss / 1024,
}))
