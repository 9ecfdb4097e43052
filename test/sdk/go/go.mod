module kanda.example/kanda-tests

go 1.22

require kanda.example/kanda v0.0.0

replace kanda.example/kanda => ../../../sdks/go
